/**
 * Owns which cameras the live page shows: those in use, of the group chosen; and says how many are left out.
 */
import { UnstyledButton } from '@mantine/core';
import { PowerOff } from 'lucide-react';
import { useMemo } from 'react';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { inOrder } from '../live/layout';
import { Empty } from '../parts/bits';
import { GroupSelect } from '../parts/GroupInput';
import { useEngine } from '../store/engine';
import { isIn, stillThere } from '../store/groups';
import { go, usePage } from '../store/page';
import { useViews } from '../store/views';
import { further } from '../store/window';

/** The group shown; none when no camera is in it any more. */
function useGroup(): string | null {
  const cameras = useEngine((state) => state.cameras);
  const chosen = usePage((state) => state.group);
  return stillThere(cameras, chosen);
}

/** The cameras that the live page shows where no view is open, in the user's order. */
export function useShownCameras(): CameraVm[] {
  const cameras = useEngine((state) => state.cameras);
  const group = useGroup();
  const order = useViews((state) => state.order);
  return useMemo(
    () => inOrder(cameras, order).filter((camera) => camera.enabled && isIn(camera, group)),
    [cameras, group, order],
  );
}

export function LiveFilter() {
  const { t } = useText();
  const cameras = useEngine((state) => state.cameras);
  const group = useGroup();
  const off = cameras.filter((camera) => !camera.enabled && isIn(camera, group)).length;
  return (
    <>
      <GroupSelect
        size="xs"
        w={190}
        value={group}
        onChange={(chosen) => usePage.setState({ group: chosen, screen: 0 })}
        testid="live-group"
      />
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
