/**
 * Owns what a tile's tools and keys do to its camera: a snapshot, and recording on and off. Tells how it went.
 */
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { i18next } from '../i18n';
import { cameraSnapshot, cameraSnapshotSave, recordSet } from '../ipc';
import { tellDone, tellError } from '../notices';
import { change } from './cameraActions';

const t = i18next.t.bind(i18next);

/** Saves a picture of the camera and shows where, with a small preview. */
export async function saveSnapshot(camera: CameraVm): Promise<void> {
  const name = visible(camera.name, 80);
  try {
    const path = await cameraSnapshotSave(camera.id);
    const preview = await cameraSnapshot(camera.id).catch(() => null);
    tellDone(
      `${t('live.snapshotSaved')}: ${name}`,
      <>
        {preview && (
          <img
            src={preview}
            alt=""
            width={200}
            style={{
              display: 'block',
              borderRadius: 4,
              margin: '4px 0 6px',
              aspectRatio: '16/9',
              objectFit: 'contain',
            }}
          />
        )}
        <span className="mono">{path}</span>
      </>,
      8000,
    );
  } catch (error) {
    tellError(error, name);
  }
}

/** Starts or stops recording a camera. Stopping is taken back with one click: nothing was deleted by it. */
export async function toggleRecording(camera: CameraVm): Promise<void> {
  const mode = camera.record_mode === 'off' ? 'continuous' : 'off';
  await setMode(camera, mode);
}

function setMode(camera: CameraVm, mode: string): Promise<void> {
  const work = () => recordSet(camera.id, { mode });
  if (mode !== 'off') return change(camera, work, 'live.recordingStarted');
  return change(camera, work, 'live.recordingStopped', {
    label: 'live.recordAgain',
    work: () => setMode(camera, camera.record_mode),
  });
}
