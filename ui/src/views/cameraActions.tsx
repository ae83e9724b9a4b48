/**
 * Owns switching a camera off and on, and telling how it went. Off is taken back with one click.
 */
import { Button } from '@mantine/core';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { i18next } from '../i18n';
import { cameraEdit } from '../ipc';
import { tellDone, tellError } from '../notices';
import { loadCameras } from '../store/engine';

const t = i18next.t.bind(i18next);

export async function setEnabled(camera: CameraVm, enabled: boolean): Promise<void> {
  const name = visible(camera.name, 80);
  try {
    await cameraEdit(camera.id, { enabled });
    await loadCameras();
  } catch (error) {
    tellError(error, name);
    return;
  }
  if (enabled) {
    tellDone(t('manage.switchedOn', { name }));
    return;
  }
  tellDone(
    t('manage.switchedOff', { name }),
    <Button size="compact-xs" variant="default" onClick={() => void setEnabled(camera, true)}>
      {t('manage.undo')}
    </Button>,
    15_000,
  );
}
