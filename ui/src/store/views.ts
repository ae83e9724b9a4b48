/**
 * Owns what the page knows of the grid's arrangement: saved views, tours, the order of all cameras, and which view is
 * shown here. A further window stays with its own; the main one remembers its.
 */
import { create } from 'zustand';
import type { SavedViewVm } from '../gen/SavedViewVm';
import type { TourVm } from '../gen/TourVm';
import * as ipc from '../ipc';
import { usePage } from './page';
import { further, opened } from './window';

export interface ViewsState {
  /** In the user's order. */
  views: SavedViewVm[];
  tours: TourVm[];
  /** The ids of cameras in the user's order; those not named follow. */
  order: string[];
  /** The view that the grid shows; null shows all cameras. Undefined until it was read. */
  open: string | null | undefined;
  menuOpen: boolean;
}

export const useViews = create<ViewsState>(() => ({
  views: [],
  tours: [],
  order: [],
  open: undefined,
  menuOpen: false,
}));

/** The view that is shown; null for all cameras, also when the view has been removed meanwhile. */
export const shownView = ({ views, open }: ViewsState): SavedViewVm | null =>
  views.find((view) => view.id === open) ?? null;

/** Writes under way: what is read meanwhile is older than what is shown. */
let writing = 0;

/** Reads the arrangement again. What is shown here stays, but at the start. */
export async function loadViews(): Promise<void> {
  const { open, ...rest } = await ipc.savedViewList();
  if (writing > 0) return;
  useViews.setState((state) => ({
    ...rest,
    open: state.open === undefined ? (further ? opened.view : open) : state.open,
  }));
}

/** Shows a view, or all cameras; a tour does this, and it is not remembered. */
export function showView(id: string | null, screen = 0): void {
  useViews.setState({ open: id });
  usePage.setState({ screen, fullScreen: null });
}

/** Shows a view, or all cameras, and remembers it for the next start. */
export function openView(id: string | null): void {
  showView(id);
  // Nothing is lost when it cannot be remembered.
  if (!further) ipc.savedViewOpen(id).catch(() => undefined);
}

async function written<T>(write: Promise<T>): Promise<T> {
  writing += 1;
  try {
    return await write;
  } finally {
    writing -= 1;
    await loadViews().catch(() => undefined);
  }
}

/** Keeps a view. It is shown as it will be at once, and as it was when that fails. */
export async function keepView(view: SavedViewVm): Promise<SavedViewVm> {
  useViews.setState(({ views }) => ({ views: views.map((one) => (one.id === view.id ? view : one)) }));
  return written(ipc.savedViewSave(view));
}

/** Keeps the order of all cameras, in the same way. */
export async function keepOrder(order: string[]): Promise<void> {
  useViews.setState({ order });
  await written(ipc.savedViewArrange(order));
}

/** Puts a view among the others, `by` places further on. */
export async function moveView(id: string, by: number): Promise<void> {
  const ids = useViews.getState().views.map((view) => view.id);
  const at = ids.indexOf(id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= ids.length) return;
  ids.splice(to, 0, ...ids.splice(at, 1));
  await written(ipc.savedViewReorder(ids));
}

/** Removes a view; what is returned brings it back to its place. */
export async function removeView(view: SavedViewVm): Promise<() => Promise<void>> {
  const ids = useViews.getState().views.map((one) => one.id);
  const wasOpen = useViews.getState().open === view.id;
  await written(ipc.savedViewRemove(view.id));
  if (wasOpen) openView(null);
  return async () => {
    await ipc.savedViewSave(view);
    await written(ipc.savedViewReorder(ids));
    if (wasOpen) openView(view.id);
  };
}

/** Keeps a tour or, with an empty id, makes one. */
export async function keepTour(tour: TourVm): Promise<TourVm> {
  return written(ipc.savedViewSaveTour(tour));
}

/** Removes a tour; what is returned brings it back. */
export async function removeTour(tour: TourVm): Promise<() => Promise<TourVm>> {
  await written(ipc.savedViewRemoveTour(tour.id));
  return () => keepTour(tour);
}

/** A name that no view has: the one wanted, or with a number after it. */
export function freeName(wanted: string, taken: string[]): string {
  let name = wanted;
  for (let n = 2; taken.includes(name); n += 1) name = `${[...wanted].slice(0, 60).join('').trimEnd()} ${n}`;
  return name;
}
