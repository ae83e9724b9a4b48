/**
 * Tests of tours: where they stop, how they go on, and that they wait for whoever works.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SavedViewVm } from '../gen/SavedViewVm';
import type { TourVm } from '../gen/TourVm';
import { usePage } from './page';
import {
  isWaiting,
  pass,
  QUIET_MS,
  startTour,
  stopsOf,
  stopTour,
  TICK_MS,
  tickTour,
  touch,
  useTour,
} from './tour';
import { useViews } from './views';

vi.mock('../ipc', () => ({}));

const view = (id: string) => ({ id, name: id, columns: 1, rows: 1, cells: [] }) as SavedViewVm;
const tour = (steps: (string | null)[], dwell_s = 3): TourVm => ({
  id: 'night',
  name: 'Night',
  dwell_s,
  steps,
});

/** What is shown: a view, or a page of all cameras. */
const shown = () => useViews.getState().open ?? usePage.getState().screen;

describe('stops', () => {
  it('are views that are there, and each page of all cameras', () => {
    expect(stopsOf(tour(['a', 'gone', null, 'b']), [view('a'), view('b')], 2)).toEqual([
      { view: 'a' },
      { page: 0 },
      { page: 1 },
      { view: 'b' },
    ]);
  });
});

describe('pass', () => {
  const at0 = { tour: 'night', at: 0, elapsedMs: 0, quietMs: QUIET_MS };
  it('moves on after its time, round and round', () => {
    expect(pass(at0, 2999, 3000, 2)).toMatchObject({ at: 0, elapsedMs: 2999 });
    expect(pass(at0, 3000, 3000, 2)).toMatchObject({ at: 1, elapsedMs: 0 });
    expect(pass({ ...at0, at: 1 }, 3000, 3000, 2)).toMatchObject({ at: 0 });
    // Stops that went meanwhile.
    expect(pass({ ...at0, at: 7 }, 3000, 3000, 2)).toMatchObject({ at: 0 });
  });
  it('waits until nobody has worked for a while, and then goes on from where it was', () => {
    const busy = { ...at0, elapsedMs: 2000, quietMs: 0 };
    const nearly = pass(busy, QUIET_MS - 1, 3000, 2);
    expect([nearly.elapsedMs, isWaiting(nearly)]).toEqual([2000, true]);
    const again = pass(nearly, 1, 3000, 2);
    expect([again.elapsedMs, isWaiting(again)]).toEqual([2001, false]);
  });
});

describe('a running tour', () => {
  let clock: ReturnType<typeof setInterval>;
  beforeEach(() => {
    vi.useFakeTimers();
    useViews.setState({ views: [view('a'), view('b')], tours: [tour(['a', null, 'b'])], open: 'b' });
    usePage.setState({ screen: 0, fullScreen: null });
    clock = setInterval(() => tickTour(TICK_MS, 2), TICK_MS);
  });
  afterEach(() => {
    clearInterval(clock);
    stopTour();
    vi.useRealTimers();
  });

  it('shows one stop after the other', () => {
    startTour(tour(['a', null, 'b']), 2);
    const seen = [shown()];
    for (let i = 0; i < 4; i += 1) {
      vi.advanceTimersByTime(3000);
      seen.push(shown());
    }
    expect(seen).toEqual(['a', 0, 1, 'b', 'a']);
    expect(useTour.getState()).toMatchObject({ stops: 4, last: 'night' });
  });
  it('waits for whoever works, and while one camera is on full screen', () => {
    startTour(tour(['a', null, 'b']), 2);
    vi.advanceTimersByTime(2000);
    touch();
    vi.advanceTimersByTime(QUIET_MS - 1000);
    expect(shown()).toBe('a');
    touch();
    vi.advanceTimersByTime(QUIET_MS - 1000);
    expect(shown()).toBe('a');
    vi.advanceTimersByTime(1000);
    expect(shown()).toBe(0);
    usePage.setState({ fullScreen: 'camera' });
    vi.advanceTimersByTime(60_000);
    expect([shown(), usePage.getState().fullScreen]).toEqual([0, 'camera']);
    usePage.setState({ fullScreen: null });
    vi.advanceTimersByTime(3000);
    expect(shown()).toBe(1);
  });
  it('ends when it is removed, or when nothing is left to show', () => {
    startTour(tour(['a']), 2);
    useViews.setState({ tours: [] });
    vi.advanceTimersByTime(1000);
    expect(useTour.getState().running).toBeNull();
    useViews.setState({ tours: [tour(['a'])] });
    startTour(tour(['a']), 2);
    useViews.setState({ views: [] });
    vi.advanceTimersByTime(1000);
    expect(useTour.getState().running).toBeNull();
    startTour(tour(['a']), 2);
    expect(useTour.getState().running).toBeNull();
  });
});
