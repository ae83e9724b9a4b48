/**
 * Owns a tour through views and pages while it runs: where it is, how long it has been there, and that it waits while
 * somebody works. What a view is and how it is shown, `store/views` and the live page know.
 */
import { create } from 'zustand';
import type { SavedViewVm } from '../gen/SavedViewVm';
import type { TourVm } from '../gen/TourVm';
import { usePage } from './page';
import { showView, useViews } from './views';

/** How long after the last touch a tour goes on. */
export const QUIET_MS = 30_000;
/** How often a running tour looks at the time. */
export const TICK_MS = 1000;

/** Where a tour stops: a saved view, or a page of all cameras. */
export type Stop = { view: string } | { page: number };

/** A tour under way. */
export interface Running {
  tour: string;
  /** Index of the stop. */
  at: number;
  /** How long it has been there. */
  elapsedMs: number;
  /** How long nobody has touched anything. */
  quietMs: number;
}

interface TourState {
  running: Running | null;
  /** How many stops the running tour has now. */
  stops: number;
  /** The tour that the key starts: the one that ran last. */
  last: string | null;
  /** The tour in the editor; null when that is closed. */
  edited: TourVm | null;
}

export const useTour = create<TourState>(() => ({ running: null, stops: 0, last: null, edited: null }));

/** The stops of a tour as things are: views that are gone are passed over, all cameras are a stop for each page. */
export function stopsOf(tour: TourVm, views: SavedViewVm[], pages: number): Stop[] {
  return tour.steps.flatMap((step): Stop[] => {
    if (step === null) return Array.from({ length: pages }, (_, page) => ({ page }));
    return views.some((view) => view.id === step) ? [{ view: step }] : [];
  });
}

/** A tour after `ms` have passed. */
export function pass(running: Running, ms: number, dwellMs: number, stops: number): Running {
  const quietMs = running.quietMs + ms;
  if (quietMs < QUIET_MS) return { ...running, quietMs };
  const elapsedMs = running.elapsedMs + ms;
  if (elapsedMs < dwellMs) return { ...running, quietMs, elapsedMs };
  return { ...running, quietMs, elapsedMs: 0, at: (running.at + 1) % stops };
}

/** Whether a tour waits for somebody who works. */
export const isWaiting = (running: Running): boolean => running.quietMs < QUIET_MS;

function show(stop: Stop | undefined): void {
  if (!stop) return;
  if ('view' in stop) showView(stop.view);
  else showView(null, stop.page);
}

/** Starts a tour at its first stop; `pages` is how many all cameras take. */
export function startTour(tour: TourVm, pages: number): void {
  const stops = stopsOf(tour, useViews.getState().views, pages);
  if (stops.length === 0) return;
  const running = { tour: tour.id, at: 0, elapsedMs: 0, quietMs: QUIET_MS };
  useTour.setState({ running, stops: stops.length, last: tour.id });
  show(stops[0]);
}

/** Ends the tour; what it shows stays. */
export const stopTour = () => useTour.setState({ running: null });

/** Somebody works: a running tour waits. */
export function touch(): void {
  const { running } = useTour.getState();
  if (running && running.quietMs > 0) useTour.setState({ running: { ...running, quietMs: 0 } });
}

/** Time passes. A tour that is gone, or has no stop left, ends; one camera on full screen is not taken away. */
export function tickTour(ms: number, pages: number): void {
  const { running } = useTour.getState();
  if (!running || usePage.getState().fullScreen !== null) return;
  const { tours, views } = useViews.getState();
  const tour = tours.find((one) => one.id === running.tour);
  const stops = tour ? stopsOf(tour, views, pages) : [];
  if (!tour || stops.length === 0) {
    stopTour();
    return;
  }
  const next = pass(running, ms, tour.dwell_s * 1000, stops.length);
  useTour.setState({ running: next, stops: stops.length });
  if (next.elapsedMs < running.elapsedMs) show(stops[next.at]);
}
