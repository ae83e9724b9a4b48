/**
 * Owns which camera stands in which tile of the live page: those of the view that is shown, or a page of all cameras.
 */
import { useMemo } from 'react';
import type { CameraVm } from '../gen/CameraVm';
import type { SavedViewVm } from '../gen/SavedViewVm';
import { type Layout, layoutOf, type Plan, planned, type Tiles, tilesFor } from '../live/layout';
import { useEngine } from '../store/engine';
import { usePage } from '../store/page';
import { shownView, useViews } from '../store/views';
import { useShownCameras } from './LiveFilter';

export interface Arrangement {
  /** The view that is shown; null for all cameras. */
  view: SavedViewVm | null;
  /** The layout of all cameras, whether they are shown or not. */
  tiles: Tiles;
  layout: Layout;
  /** What each tile of the layout shows, one that is switched off too; null leaves it empty. */
  slots: (CameraVm | null)[];
  /** The cameras in use, in the order of their tiles, those of other pages too. */
  cameras: CameraVm[];
  page: number;
  pages: number;
  /** How many pages all cameras take. */
  allPages: number;
}

/** What the live page shows now. */
export function useArrangement(): Arrangement {
  const known = useEngine((state) => state.cameras);
  const all = useShownCameras();
  const view = useViews(shownView);
  const chosen = usePage((state) => state.tiles);
  const screen = usePage((state) => state.screen);
  return useMemo(() => {
    const tiles = chosen ?? tilesFor(all.length);
    const allPages = Math.max(1, Math.ceil(all.length / tiles));
    if (view) {
      const slots = view.cells.map((cell) => known.find((camera) => camera.id === cell.camera) ?? null);
      const cameras = slots.filter((camera) => camera !== null).filter((camera) => camera.enabled);
      return { view, tiles, layout: view, slots, cameras, page: 0, pages: 1, allPages };
    }
    const page = Math.min(screen, allPages - 1);
    const layout = layoutOf(tiles);
    const slots = layout.cells.map((_, i) => all[page * tiles + i] ?? null);
    return { view, tiles, layout, slots, cameras: all, page, pages: allPages, allPages };
  }, [known, all, view, chosen, screen]);
}

/** What is shown now, to be kept as a view. */
export const planOf = ({ layout, slots }: Pick<Arrangement, 'layout' | 'slots'>): Plan =>
  planned(
    layout,
    slots.map((camera) => camera?.id ?? null),
  );
