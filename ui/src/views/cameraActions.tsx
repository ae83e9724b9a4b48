/**
 * Owns changing a camera and telling how it went, and switching one off and on. Off is taken back with one click.
 */
import { Button } from '@mantine/core';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { i18next } from '../i18n';
import { cameraEdit } from '../ipc';
import { tellDone, tellError } from '../notices';
import { loadCameras } from '../store/engine';

const t = i18next.t.bind(i18next);

/**
 * Changes a camera and tells so in the sentence `told`, which names it. With `undo` the notice stays longer and has a
 * button that takes the change back.
 */
export async function change(
  camera: CameraVm,
  work: () => Promise<unknown>,
  told: string,
  undo?: { label: string; work: () => Promise<void> },
): Promise<void> {
  const name = visible(camera.name, 80);
  try {
    await work();
    await loadCameras();
  } catch (error) {
    tellError(error, name);
    return;
  }
  const button = undo && (
    <Button size="compact-xs" variant="default" onClick={() => void undo.work()}>
      {t(undo.label)}
    </Button>
  );
  tellDone(t(told, { name }), button, undo && 15_000);
}

export function setEnabled(camera: CameraVm, enabled: boolean): Promise<void> {
  const work = () => cameraEdit(camera.id, { enabled });
  if (enabled) return change(camera, work, 'manage.switchedOn');
  return change(camera, work, 'manage.switchedOff', {
    label: 'manage.undo',
    work: () => setEnabled(camera, true),
  });
}
