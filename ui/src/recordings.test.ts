/**
 * Tests of the recordings page's arithmetic and of the player's choice of fragments.
 */
import { describe, expect, it, vi } from 'vitest';
import type { SegmentVm } from './gen/SegmentVm';
import { fragmentAt, leapTo, wantedFragment } from './player';
import {
  dateOf,
  dayOf,
  fromTimeField,
  mergeSpans,
  rowsOf,
  segmentAt,
  shiftDate,
  timeField,
  withSegment,
} from './recordings';

vi.mock('./ipc', () => ({}));

const segment = (id: number, start: string, end: string): SegmentVm => ({
  id,
  camera: 'c',
  start,
  end,
  bytes: 1,
  codec: 'h264',
  width: 1,
  height: 1,
  audio: null,
  path: '',
  volume: 'v',
  open: false,
});
const A = segment(1, '2026-11-21T10:00:00.000Z', '2026-11-21T10:01:00.000Z');
const B = segment(2, '2026-11-21T10:05:00.000Z', '2026-11-21T10:06:00.000Z');

describe('days', () => {
  it('follow the calendar', () => {
    expect(shiftDate('2026-03-01', -1)).toBe('2026-02-28');
    expect(shiftDate('2026-12-31', 1)).toBe('2027-01-01');
    const day = dayOf('2026-11-21');
    expect(dateOf(day.start)).toBe('2026-11-21');
    expect(dateOf(day.end - 1)).toBe('2026-11-21');
    expect(dateOf(day.end)).toBe('2026-11-22');
  });
  it('take times of day', () => {
    const time = fromTimeField('2026-11-21', '08:30:05') ?? 0;
    expect(timeField(time)).toBe('08:30:05');
    expect(dateOf(time)).toBe('2026-11-21');
    expect(fromTimeField('2026-11-21', '25:00')).toBeNull();
    expect(fromTimeField('2026-11-21', '')).toBeNull();
  });
});

describe('lists', () => {
  it('put files and gaps in order', () => {
    const rows = rowsOf([B, A], [{ start: A.end, end: B.start, cause: 'offline' }]);
    expect(rows.map((row) => row.kind)).toEqual(['segment', 'gap', 'segment']);
    expect(rowsOf([], [{ start: A.end, end: null, cause: 'auth' }])[0]?.end).toBeNull();
  });
  it('replace a file that closed', () => {
    const open = { ...B, id: 3, open: true };
    expect(withSegment([open], A).map((one) => one.id)).toEqual([1, 3]);
    expect(withSegment([A, open], { ...open, open: false })).toHaveLength(2);
  });
  it('find the file at an instant, or the next one', () => {
    expect(segmentAt([A, B], Date.parse(A.start) + 5)?.id).toBe(1);
    expect(segmentAt([A, B], Date.parse(A.end) + 5)?.id).toBe(2);
    expect(segmentAt([A, B], Date.parse(B.end))).toBeNull();
  });
  it('merge spans that touch', () => {
    const spans = [
      { start: 10, end: 20 },
      { start: 0, end: 9 },
      { start: 40, end: 50 },
    ];
    expect(mergeSpans(spans, 1)).toEqual([
      { start: 0, end: 20 },
      { start: 40, end: 50 },
    ]);
  });
});

describe('player', () => {
  const fragments = Array.from({ length: 30 }, (_, i) => ({ start_s: i * 2, duration_s: 2 }));
  it('finds the fragment of a position', () => {
    expect(fragmentAt(fragments, 0)).toBe(0);
    expect(fragmentAt(fragments, 3.9)).toBe(1);
    expect(fragmentAt(fragments, 4)).toBe(2);
    expect(fragmentAt(fragments, 1000)).toBe(29);
    expect(fragmentAt([], 1)).toBe(0);
  });
  it('fetches ahead of the picture, in order, and no further', () => {
    expect(wantedFragment(fragments, new Set(), 0)).toBe(0);
    expect(wantedFragment(fragments, new Set([0, 1]), 0)).toBe(2);
    expect(wantedFragment(fragments, new Set(Array.from({ length: 11 }, (_, i) => i)), 0)).toBeNull();
    expect(wantedFragment(fragments, new Set([0, 1]), 40)).toBe(20);
  });
  it('fetches what follows a long hole, and leaps over the hole', () => {
    const pieces = [
      { start_s: 0, duration_s: 2 },
      { start_s: 40, duration_s: 2 },
    ];
    const buffered = (...ranges: [number, number][]) => ({
      length: ranges.length,
      start: (i: number) => ranges[i]?.[0] ?? 0,
      end: (i: number) => ranges[i]?.[1] ?? 0,
    });
    const both = buffered([0, 2], [40, 42]);
    expect(wantedFragment(pieces, new Set([0]), 1)).toBe(1);
    expect(leapTo(pieces, new Set([0]), buffered([0, 2]), 1.95)).toBeNull();
    expect(leapTo(pieces, new Set([0, 1]), both, 1)).toBeNull();
    expect(leapTo(pieces, new Set([0, 1]), both, 1.95)).toBeCloseTo(40.01);
    expect(leapTo(pieces, new Set([0, 1]), both, 20)).toBeCloseTo(40.01);
    expect(leapTo(pieces, new Set([0, 1]), both, 41.99)).toBeNull();
  });
});
