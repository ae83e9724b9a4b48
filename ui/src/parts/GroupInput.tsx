/**
 * Owns the field for a camera's place: a site, or site / group, with those there are already to choose from.
 */
import { Autocomplete } from '@mantine/core';
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
