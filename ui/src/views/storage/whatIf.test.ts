/** Tests the retention sliders' state: steps, differences, the question to the engine; and what a directory is. */
import { describe, expect, it } from 'vitest';
import type { CameraVm } from '../../gen/CameraVm';
import { changedIn, daySteps, isDirectory, questionOf, quotaSteps, rulesOf } from './whatIf';

const camera = (id: string, days: number | null, quota: number | null) =>
  ({ id, retention_days: days, quota_bytes: quota }) as CameraVm;
const cameras = [camera('a', 14, null), camera('b', null, 77e9)];

describe('steps', () => {
  it('rise, hold the value that is set, and end without a limit', () => {
    const steps = daySteps(17);
    expect(steps.slice(6, 9)).toEqual([14, 17, 21]);
    expect(steps.at(-1)).toBeNull();
    expect(daySteps(14)).toEqual(daySteps(null));
    expect(quotaSteps(77e9).indexOf(77e9)).toBe(6);
  });
});

describe('a trial', () => {
  it('asks only about what differs', () => {
    expect(questionOf({}, cameras)).toBeNull();
    expect(questionOf({ a: rulesOf(camera('a', 14, null)) }, cameras)).toBeNull();
    const trial = { a: { days: 30, quota: null }, b: { days: null, quota: null } };
    expect(changedIn(trial, cameras).map((one) => one.id)).toEqual(['a', 'b']);
    expect(questionOf(trial, cameras)).toEqual({
      quotas: [{ camera: 'b', quota_bytes: null }],
      retention: [{ camera: 'a', days: 30 }],
      reserve_bytes: null,
    });
  });
  it('forgets cameras that are gone', () => {
    expect(questionOf({ gone: { days: 1, quota: 1 } }, cameras)).toBeNull();
  });
});

it('directories are absolute', () => {
  for (const good of ['/mnt/footage', 'D:\\Footage', 'd:/x', '\\\\nas\\share'])
    expect(isDirectory(good)).toBe(true);
  for (const bad of ['', 'footage', './x', '/mnt/../etc', 'C:', '\\\\']) expect(isDirectory(bad)).toBe(false);
});
