/**
 * Owns what hands and keys do to the arrangement of the grid: moving a tile, keeping and removing views. Tells how it
 * went, and takes it back on request.
 */
import { Button } from '@mantine/core';
import { visible } from '../format';
import type { SavedViewVm } from '../gen/SavedViewVm';
import type { TourVm } from '../gen/TourVm';
import { i18next } from '../i18n';
import { exchanged, type Plan, swapped } from '../live/layout';
import { tellDone, tellError } from '../notices';
import { useEngine } from '../store/engine';
import { freeName, keepOrder, keepView, openView, removeTour, removeView, useViews } from '../store/views';
import type { Arrangement } from './arrangement';

const t = i18next.t.bind(i18next);
const UNDO_MS = 15_000;

/** Does it, and tells with a way back what was done. */
async function undoable(
  title: string,
  id: string,
  work: () => Promise<() => Promise<unknown>>,
): Promise<void> {
  try {
    const undo = await work();
    const takeBack = () => {
      tellDone(t('views.undone'), null, 3000, id);
      undo().catch(tellError);
    };
    tellDone(
      title,
      <Button size="compact-xs" variant="default" onClick={takeBack} data-testid="views-undo">
        {t('views.undo')}
      </Button>,
      UNDO_MS,
      id,
    );
  } catch (error) {
    tellError(error);
  }
}

/** Keeps a view with another plan. */
export function changeView(view: SavedViewVm, plan: Plan, title: string): Promise<void> {
  return undoable(title, 'view-changed', async () => {
    await keepView({ ...view, ...plan });
    return () => keepView(view);
  });
}

/**
 * Puts a camera into the tile at index `to` of the whole arrangement (those of earlier pages count); what was there
 * comes to where it was.
 */
export function putCamera({ view, cameras }: Arrangement, camera: string, to: number): void {
  const name = visible(useEngine.getState().cameras.find((one) => one.id === camera)?.name ?? '', 80);
  const title = t('views.moved', { name });
  if (view) {
    const from = view.cells.findIndex((cell) => cell.camera === camera);
    if (from >= 0 && from !== to) void changeView(view, swapped(view, from, to), title);
    return;
  }
  if (cameras[to]?.id === camera) return;
  const before = useViews.getState().order;
  // Cameras that are not shown now keep their places among the others.
  const rest = useEngine.getState().cameras.map((one) => one.id);
  const all = [...new Set([...before.filter((id) => rest.includes(id)), ...rest])];
  void undoable(title, 'view-changed', async () => {
    await keepOrder(exchanged(all, camera, cameras[to]?.id));
    return () => keepOrder(before);
  });
}

/** Keeps a plan under a name and shows it: as a new view or in the place of the one that has the name. */
export async function saveAs(name: string, plan: Plan): Promise<void> {
  const known = useViews.getState().views.find((view) => view.name === name);
  const { columns, rows, cells } = plan;
  const made = { id: known?.id ?? '', name, columns, rows, cells };
  if (known) {
    await changeView(known, made, t('views.replaced', { name: visible(name, 64) }));
    openView(known.id);
    return;
  }
  const { id } = await keepView(made);
  openView(id);
  tellDone(t('views.saved', { name: visible(name, 64) }));
}

/** The same view once more, under a free name. */
export async function duplicate(view: SavedViewVm): Promise<void> {
  const taken = useViews.getState().views.map((one) => one.name);
  await saveAs(freeName(view.name, taken), view).catch(tellError);
}

export const dropView = (view: SavedViewVm): Promise<void> =>
  undoable(t('views.removed', { name: visible(view.name, 64) }), `view-${view.id}`, () => removeView(view));

export const dropTour = (tour: TourVm): Promise<void> =>
  undoable(t('views.removed', { name: visible(tour.name, 64) }), `view-${tour.id}`, () => removeTour(tour));
