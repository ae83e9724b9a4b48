/**
 * Tests figures over time: bounded, broken where nothing is known, taken over from the engine and continued.
 */
import { describe, expect, it, vi } from 'vitest';
import type { HistoryVm } from './gen/HistoryVm';
import type { MetricsVm } from './gen/MetricsVm';
import { rowOf } from './store/health';
import { FIGURES, fillFrom, streamTrace, Trace } from './trace';

const trace = () => new Trace(['a', 'b'], 2, 5);

describe('a trace', () => {
  it('keeps the newest rows', () => {
    const one = trace();
    for (let i = 0; i < 9; i += 1) one.push(i * 2, { a: i, b: null });
    expect(one.times).toEqual([8, 10, 12, 14, 16]);
    expect(one.of('a')).toEqual([4, 5, 6, 7, 8]);
    expect([one.last('a'), one.last('b')]).toEqual([8, null]);
    expect([one.knows(['b']), one.knows(['a', 'b'])]).toEqual([false, true]);
  });

  it('breaks the line at a pause, and takes no row twice', () => {
    const one = trace();
    one.push(0, { a: 1, b: 1 });
    one.push(0, { a: 2, b: 2 });
    one.push(60, { a: 3, b: 3 });
    expect(one.times).toEqual([0, 2, 60]);
    expect(one.of('a')).toEqual([1, null, 3]);
  });

  it('tells who watches until they stop', () => {
    const one = trace();
    const told = vi.fn();
    const stop = one.watch(told);
    one.push(0, { a: 1, b: 1 });
    stop();
    one.push(2, { a: 1, b: 1 });
    expect(told).toHaveBeenCalledOnce();
  });

  it('takes a history over and is continued', () => {
    const lists = Object.fromEntries(FIGURES.map((name) => [name, [1, null, 3]]));
    const history = {
      ...lists,
      camera: 'a',
      role: 'main',
      start: '2026-11-21T10:00:00.000Z',
      step_s: 2,
      reconnects_day: 0,
    } as unknown as HistoryVm;
    const one = streamTrace('recent');
    one.push(1, rowOf(undefined, undefined, 2));
    fillFrom(one, history);
    const start = Date.parse('2026-11-21T10:00:00Z') / 1000;
    expect(one.times).toEqual([start, start + 2, start + 4]);
    expect(one.of('latency_ms')).toEqual([1, null, 3]);
    one.push(start + 6, rowOf(undefined, undefined, 2));
    expect(one.of('fps')).toEqual([1, null, 3, null]);
  });
});

describe('a row', () => {
  const m = {
    state: 'live',
    fps: 15,
    bitrate_bps: 1000,
    latency_ms: null,
    latency_p95_ms: 90,
    jitter_ms: 2,
    packets_lost: 30,
    health: 88,
  } as MetricsVm;

  it('counts what was lost since the one before', () => {
    expect(rowOf(m, { ...m, packets_lost: 20 }, 2)).toEqual({
      fps: 15,
      fps_min: 15,
      bitrate_bps: 1000,
      bitrate_max_bps: 1000,
      latency_ms: null,
      latency_p95_ms: 90,
      jitter_ms: 2,
      lost_per_s: 5,
      health: 88,
    });
    // The counter began anew.
    expect(rowOf(m, { ...m, packets_lost: 40 }, 2).lost_per_s).toBe(0);
  });

  it('is zero while a camera gives nothing, and unknown while nobody wants it', () => {
    const gone = rowOf({ ...m, state: 'backoff', health: 0 }, m, 2);
    expect([gone.fps, gone.bitrate_bps, gone.latency_p95_ms, gone.health]).toEqual([0, 0, null, 0]);
    expect(new Set(Object.values(rowOf({ ...m, state: 'idle' }, m, 2)))).toEqual(new Set([null]));
    expect(new Set(Object.values(rowOf(undefined, m, 2)))).toEqual(new Set([null]));
  });
});
