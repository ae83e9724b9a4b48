/**
 * Owns the state of the retention sliders: rules that are tried out and not yet kept, their steps, and what they differ
 * in from the cameras' own. Pure.
 */
import type { CameraVm } from '../../gen/CameraVm';
import type { WhatIfVm } from '../../gen/WhatIfVm';

/** How long and how much of a camera is kept; null sets no limit. */
export interface Rules {
  days: number | null;
  quota: number | null;
}

/** Rules tried out, by camera. */
export type Trial = Readonly<Record<string, Rules>>;

const GB = 1e9;
const DAYS = [1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 365];
const QUOTAS = [5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 2000, 5000, 10_000].map(
  (gigabytes) => gigabytes * GB,
);

/** The steps of a slider: the usual ones, the value that is set now, and no limit. */
function steps(usual: readonly number[], now: number | null): (number | null)[] {
  const all = now === null || usual.includes(now) ? [...usual] : [...usual, now];
  return [...all.sort((a, b) => a - b), null];
}

export const daySteps = (now: number | null) => steps(DAYS, now);
export const quotaSteps = (now: number | null) => steps(QUOTAS, now);

/** A camera's own rules. */
export const rulesOf = (camera: CameraVm): Rules => ({
  days: camera.retention_days ?? null,
  quota: camera.quota_bytes ?? null,
});

/** The rules that a camera has in a trial. */
export const triedOf = (trial: Trial, camera: CameraVm): Rules => trial[camera.id] ?? rulesOf(camera);

/** The cameras whose rules differ in a trial from their own. */
export function changedIn(trial: Trial, cameras: readonly CameraVm[]): CameraVm[] {
  return cameras.filter((camera) => {
    const [own, tried] = [rulesOf(camera), triedOf(trial, camera)];
    return own.days !== tried.days || own.quota !== tried.quota;
  });
}

/** The question to the engine; null when nothing differs. */
export function questionOf(trial: Trial, cameras: readonly CameraVm[]): WhatIfVm | null {
  const changed = changedIn(trial, cameras);
  if (changed.length === 0) return null;
  const differs = (key: keyof Rules) =>
    changed.filter((camera) => rulesOf(camera)[key] !== triedOf(trial, camera)[key]);
  return {
    quotas: differs('quota').map((camera) => ({
      camera: camera.id,
      quota_bytes: triedOf(trial, camera).quota,
    })),
    retention: differs('days').map((camera) => ({ camera: camera.id, days: triedOf(trial, camera).days })),
    reserve_bytes: null,
  };
}

/** Whether a directory could be one: absolute on this system or another, without a step upwards. */
export function isDirectory(path: string): boolean {
  const absolute = /^(\/|[a-zA-Z]:[\\/]|\\\\[^\\]+\\)/.test(path.trim());
  return absolute && !path.split(/[\\/]/).includes('..');
}
