/**
 * Owns what a tile's tools and keys do to its camera: a snapshot into a file or onto the clipboard, and recording on and
 * off, for good or for a while. Tells how it went.
 */
import { toUserError } from '../errors';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { ShownPicture } from '../gen/ShownPicture';
import { i18next } from '../i18n';
import {
  cameraSnapshot,
  cameraSnapshotCopy,
  cameraSnapshotSave,
  recordNow,
  recordSet,
  recordStop,
} from '../ipc';
import { takeFrozen, useLive } from '../live/client';
import { tellDone, tellError } from '../notices';
import { useEngine } from '../store/engine';
import { handOf, RECORD_NOW_S } from '../store/recording';
import { replayOf } from '../store/tiles';
import { change } from './cameraActions';

const t = i18next.t.bind(i18next);

/** Saves a picture of the camera and shows where, with a small preview. */
export async function saveSnapshot(camera: CameraVm): Promise<void> {
  const name = visible(camera.name, 80);
  try {
    const shown = await shownOn(camera.id);
    const path = await cameraSnapshotSave(camera.id, shown);
    const preview = shown?.jpeg ?? (await cameraSnapshot(camera.id).catch(() => null));
    tellDone(
      `${t('live.snapshotSaved')}: ${name}`,
      <>
        {preview && <Preview src={preview} />}
        <span className="mono">{path}</span>
      </>,
      8000,
    );
  } catch (error) {
    tellError(error, name);
  }
}

/** Puts a picture of the camera onto the system's clipboard and shows it. */
export async function copySnapshot(camera: CameraVm): Promise<void> {
  const name = visible(camera.name, 80);
  try {
    const shown = (await shownOn(camera.id)) ?? {
      jpeg: await cameraSnapshot(camera.id),
      taken: new Date().toISOString(),
    };
    await cameraSnapshotCopy(shown).catch((error) => {
      throw { ...toUserError(error), code: 'NO_CLIPBOARD' };
    });
    tellDone(t('tiles.copied', { name }), <Preview src={shown.jpeg} />, 8000);
  } catch (error) {
    tellError(error, name);
  }
}

function Preview({ src }: { src: string }) {
  return (
    <img
      src={src}
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
  );
}

/** What a tile shows where that is not what its camera sees now. */
async function shownOn(camera: string): Promise<ShownPicture | null> {
  const replayed = replayOf(camera)?.picture();
  if (replayed) return { jpeg: replayed.jpeg, taken: new Date(replayed.takenMs).toISOString() };
  if (useLive.getState().frozen[camera] === undefined) return null;
  const still = await takeFrozen(camera);
  if (!still) throw new Error('the picture that stands still cannot be read');
  return { jpeg: await dataUrl(still.jpeg), taken: new Date(still.sinceMs).toISOString() };
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
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

/** Records a camera now, beside its mode, for so many seconds or until it is stopped. */
export function startRecordNow(camera: CameraVm, seconds: number | null): Promise<void> {
  return change(camera, () => recordNow(camera.id, seconds), 'live.recordingStarted');
}

/** Ends that; what the camera's mode records goes on. */
export function stopRecordNow(camera: CameraVm): Promise<void> {
  return change(camera, () => recordStop(camera.id), 'modes.stopped');
}

export function toggleRecordNow(camera: CameraVm): Promise<void> {
  const goesOn = handOf(useEngine.getState().metrics, camera.id) !== null;
  return goesOn ? stopRecordNow(camera) : startRecordNow(camera, RECORD_NOW_S);
}
