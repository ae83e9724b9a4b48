/**
 * Owns which cameras the live page shows: those in use, of the group chosen; and says how many are left out.
 */
import { Select, UnstyledButton } from '@mantine/core';
import { PowerOff } from 'lucide-react';
import { useMemo } from 'react';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { Empty } from '../parts/bits';
import { useEngine } from '../store/engine';
import { groupsOf, isIn } from '../store/groups';
import { go, usePage } from '../store/page';
import { further } from '../store/window';

/** The group shown; none when no camera is in it any more. */
function useGroup(): string | null {
  const { lang } = useText();
  const cameras = useEngine((state) => state.cameras);
  const chosen = usePage((state) => state.group);
  return chosen !== null && groupsOf(cameras, lang).includes(chosen) ? chosen : null;
}

/** The cameras that the live page shows. */
export function useShownCameras(): CameraVm[] {
  const cameras = useEngine((state) => state.cameras);
  const group = useGroup();
  return useMemo(() => cameras.filter((camera) => camera.enabled && isIn(camera, group)), [cameras, group]);
}

export function LiveFilter() {
  const { t, lang } = useText();
  const cameras = useEngine((state) => state.cameras);
  const group = useGroup();
  const groups = groupsOf(cameras, lang);
  const off = cameras.filter((camera) => !camera.enabled && isIn(camera, group)).length;
  return (
    <>
      {groups.length > 0 && (
        <Select
          size="xs"
          w={190}
          aria-label={t('manage.showGroup')}
          value={group ?? ''}
          onChange={(value) => usePage.setState({ group: value || null, screen: 0 })}
          allowDeselect={false}
          data={[
            { value: '', label: t('manage.allGroups') },
            ...groups.map((value) => ({ value, label: visible(value, 99) })),
          ]}
          data-testid="live-group"
        />
      )}
      {off > 0 && !further && (
        <UnstyledButton className="state tone-faint" fz={12} onClick={() => go('cameras')}>
          <PowerOff size={14} aria-hidden />
          {t('manage.offCount', { count: off })}
        </UnstyledButton>
      )}
    </>
  );
}

/** Stands where the pictures would be when every camera of the group is switched off. */
export function AllOff() {
  const { t } = useText();
  return (
    <Empty
      icon={<PowerOff size={36} strokeWidth={1.4} aria-hidden />}
      title={t('manage.allOffTitle')}
      text={t('manage.allOffText')}
    />
  );
}
