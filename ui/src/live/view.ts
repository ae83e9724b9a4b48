/**
 * Owns what part of its picture a tile shows: digital zoom and pan, as numbers. Knows no element and no event.
 */

/** A part of a picture: its upper left corner and the length of both sides, in shares of the picture's. */
export interface View {
  x: number;
  y: number;
  size: number;
}

export const WHOLE: View = { x: 0, y: 0, size: 1 };

/** The smallest part (`model::live::View`). */
const SIZE_MIN = 1 / 16;
/** The engine counts in 1/65536. */
const SIDE = 65_536;

const within = (at: number, size: number) => Math.min(1 - size, Math.max(0, at));

/** Magnified by `factor`; what lies at the point (`px`, `py`), in shares of the tile, stays there. */
export function zoom(view: View, factor: number, px: number, py: number): View {
  const size = Math.min(1, Math.max(SIZE_MIN, view.size / factor));
  const grown = view.size - size;
  return { x: within(view.x + px * grown, size), y: within(view.y + py * grown, size), size };
}

/** Moved by shares of the tile, as a hand moves a sheet of paper. */
export function pan(view: View, dx: number, dy: number): View {
  const { size } = view;
  return { x: within(view.x - dx * size, size), y: within(view.y - dy * size, size), size };
}

/** Whether the whole picture is shown. */
export const isWhole = (view: View | undefined): boolean => !view || view.size >= 1;

/** In whole numbers as the engine takes them, inside the picture after rounding too. */
export function inUnits(view: View): { x: number; y: number; size: number } {
  const size = Math.round(view.size * SIDE);
  const at = (share: number) => Math.min(SIDE - size, Math.round(share * SIDE));
  return { x: at(view.x), y: at(view.y), size };
}
