/**
 * Owns the offer to follow a camera whose device was met at another address, with the question before it.
 */
import { Button, Group, Modal, Stack } from '@mantine/core';
import { MoveRight } from 'lucide-react';
import { useState } from 'react';
import { visible } from '../format';
import type { DeviceVm } from '../gen/DeviceVm';
import { useText } from '../i18n';
import { cameraFollow } from '../ipc';
import { tellDone } from '../notices';
import { loadCameras, useEngine } from '../store/engine';
import { ErrorNote } from './bits';
import { useWork } from './work';

/** The device that seems to be this camera's at another address, when one was met. */
export function useMoved(camera: string): DeviceVm | undefined {
  return useEngine((state) =>
    Object.values(state.devices).find((device) => device.moved_camera?.id === camera),
  );
}

export function Follow({ device }: { device: DeviceVm }) {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  const { busy, error, run } = useWork();
  const camera = device.moved_camera;
  if (!camera) return null;
  const where = { name: visible(camera.name, 80), from: visible(camera.host, 60), to: device.host };
  const follow = () =>
    run(async () => {
      await cameraFollow(camera.id);
      await loadCameras();
      tellDone(t('manage.followed', where));
    });
  return (
    <>
      <Button
        size="xs"
        leftSection={<MoveRight size={14} aria-hidden />}
        aria-label={t('manage.followLabel', where)}
        onClick={() => setAsking(true)}
        data-testid="follow"
      >
        {t('manage.follow')}
      </Button>
      <Modal
        closeButtonProps={{ 'aria-label': t('common.close') }}
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('manage.followTitle', where)}
      >
        <Stack gap="sm">
          <span>{t('manage.followText', where)}</span>
          {error && <ErrorNote error={error} subject={where.name} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              {t('common.cancel')}
            </Button>
            <Button loading={busy} onClick={follow} data-testid="follow-confirm">
              {t('manage.follow')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
