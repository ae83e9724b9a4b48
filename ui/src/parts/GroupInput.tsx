/**
 * Owns how a place is given and chosen, a site or site / group: the field for a camera's own, with those there are
 * already, and the choice of the one whose cameras are shown.
 */
import { Autocomplete, type MantineSize, Select } from '@mantine/core';
import { visible } from '../format';
import { useText } from '../i18n';
import { useEngine } from '../store/engine';
import { groupsOf } from '../store/groups';

export function GroupInput(props: { value: string; onChange: (value: string) => void }) {
  const { t, lang } = useText();
  const cameras = useEngine((state) => state.cameras);
  return (
    <Autocomplete
      label={t('manage.group')}
      description={t('manage.groupHint')}
      placeholder={t('manage.groupExample')}
      data={groupsOf(cameras, lang)}
      value={props.value}
      maxLength={99}
      data-testid="group"
      onChange={props.onChange}
    />
  );
}

/** Whose cameras to show, null for all; nothing as long as no camera has a place. */
export function GroupSelect(props: {
  value: string | null;
  onChange: (group: string | null) => void;
  size?: MantineSize;
  w: number;
  testid: string;
}) {
  const { t, lang } = useText();
  const groups = groupsOf(
    useEngine((state) => state.cameras),
    lang,
  );
  if (groups.length === 0) return null;
  return (
    <Select
      size={props.size}
      w={props.w}
      aria-label={t('manage.showGroup')}
      value={props.value ?? ''}
      onChange={(value) => props.onChange(value || null)}
      allowDeselect={false}
      data={[
        { value: '', label: t('manage.allGroups') },
        ...groups.map((value) => ({ value, label: visible(value, 99) })),
      ]}
      data-testid={props.testid}
    />
  );
}
