/**
 * Tests of what a replay plays: which files from where, and what it says is missing.
 */
import { describe, expect, it } from 'vitest';
import type { GapVm } from './gen/GapVm';
import type { SegmentVm } from './gen/SegmentVm';
import { planReplay } from './replay';

const ZERO = Date.parse('2026-11-21T14:00:00Z');
const at = (seconds: number) => ZERO + seconds * 1000;
const iso = (seconds: number) => new Date(at(seconds)).toISOString();
const segment = (id: number, start: number, end: number, open = false): SegmentVm => ({
  id,
  camera: 'c',
  start: iso(start),
  end: iso(end),
  bytes: 1,
  codec: 'h264',
  width: 640,
  height: 360,
  audio: null,
  path: 'p',
  volume: 'v',
  open,
});
const gap = (start: number, end: number | null, cause: string): GapVm => ({
  start: iso(start),
  end: end === null ? null : iso(end),
  cause,
});
const LAST_30 = { start: at(70), end: at(100) };

describe('replay', () => {
  it('plays the file that is being written, up to what is in it', () => {
    const plan = planReplay([segment(7, 40, 98, true)], [], LAST_30);
    expect(plan).toEqual({
      zeroMs: at(40),
      fromMs: at(70),
      untilMs: at(98),
      files: [{ segment: 7, startS: 0 }],
      holes: [],
    });
  });
  it('goes on from one file into the next without a hole', () => {
    const plan = planReplay([segment(8, 80.1, 98, true), segment(7, 20, 80)], [], LAST_30);
    expect(plan?.files).toEqual([
      { segment: 7, startS: 0 },
      { segment: 8, startS: 60.1 },
    ]);
    expect(plan).toMatchObject({ zeroMs: at(20), fromMs: at(70), holes: [] });
  });
  it('leaves out what ended before and what begins after', () => {
    const plan = planReplay(
      [segment(1, 10, 70), segment(2, 72, 99, true), segment(3, 100, 160)],
      [],
      LAST_30,
    );
    expect(plan?.files).toEqual([{ segment: 2, startS: 0 }]);
    expect(plan).toMatchObject({ fromMs: at(72), holes: [{ start: at(70), end: at(72), cause: null }] });
  });
  it('says what is missing and why', () => {
    const plan = planReplay(
      [segment(1, 60, 78), segment(2, 85, 97, true)],
      [gap(10, 20, 'disk'), gap(78, 85, 'offline')],
      LAST_30,
    );
    expect(plan?.holes).toEqual([{ start: at(78), end: at(85), cause: 'offline' }]);
    const ended = planReplay([segment(1, 60, 78)], [gap(78, null, 'paused')], LAST_30);
    expect(ended?.holes).toEqual([{ start: at(78), end: at(100), cause: 'paused' }]);
    expect(ended?.untilMs).toBe(at(78));
  });
  it('has the last seconds missing once they are too old to be on their way', () => {
    const stuck = planReplay([segment(1, 60, 90, true)], [], LAST_30);
    expect(stuck?.holes).toEqual([{ start: at(90), end: at(100), cause: null }]);
  });
  it('is nothing where nothing was recorded', () => {
    expect(planReplay([], [gap(0, null, 'paused')], LAST_30)).toBeNull();
    expect(planReplay([segment(1, 0, 60)], [], LAST_30)).toBeNull();
  });
});
