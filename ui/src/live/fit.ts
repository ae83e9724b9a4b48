/**
 * Owns where tiles lie on the canvas and where a picture lies in its tile. `fit` is `model::live::fit`, to the
 * pixel: the native path composes with that one, and what is laid over the pictures must agree with it.
 */

import type { Layout } from './layout';

/** A rectangle in pixels of the canvas. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The largest canvas, in pixels of either side (`model::live::CANVAS_MAX`). */
export const CANVAS_MAX = 8192;

const even = (n: number) => n & ~1;

/** The largest rectangle of a picture's proportions inside `tile`, centred, on even pixels. */
export function fit(width: number, height: number, tile: Rect): Rect {
  const pw = Math.max(1, width);
  const ph = Math.max(1, height);
  const wide = tile.width * ph <= tile.height * pw;
  const w = Math.max(2, even(wide ? tile.width : Math.floor((tile.height * pw) / ph)));
  const h = Math.max(2, even(wide ? Math.floor((tile.width * ph) / pw) : tile.height));
  return {
    x: even(tile.x + Math.floor(Math.max(0, tile.width - w) / 2)),
    y: even(tile.y + Math.floor(Math.max(0, tile.height - h) / 2)),
    width: w,
    height: h,
  };
}

/** The canvas for a box of CSS pixels: even, capped, and the scale that was possible. */
export function canvasSize(
  cssWidth: number,
  cssHeight: number,
  ratio: number,
): { width: number; height: number; scale: number } {
  const scale = Math.min(ratio, CANVAS_MAX / Math.max(1, cssWidth), CANVAS_MAX / Math.max(1, cssHeight));
  return { width: even(Math.floor(cssWidth * scale)), height: even(Math.floor(cssHeight * scale)), scale };
}

/** The tiles of a layout, `gap` pixels apart, on even pixels. */
export function cellRects(width: number, height: number, layout: Layout, gap: number): Rect[] {
  const edge = (length: number, i: number, count: number) => even(Math.round(((length + gap) * i) / count));
  const span = (length: number, at: number, cells: number, count: number): [number, number] => {
    const start = edge(length, at, count);
    const end = at + cells >= count ? even(length) : edge(length, at + cells, count) - gap;
    return [start, Math.max(2, end - start)];
  };
  return layout.cells.map((cell) => {
    const [x, w] = span(width, cell.x, cell.width, layout.columns);
    const [y, h] = span(height, cell.y, cell.height, layout.rows);
    return { x, y, width: w, height: h };
  });
}

/** A layout whose cells are of 16:9, in the middle: what is left over frames the wall, not each tile. */
export function wall(width: number, height: number, layout: Layout, gap: number): Rect[] {
  if (width < 2 || height < 2) return [];
  const area = fit(16 * layout.columns, 9 * layout.rows, { x: 0, y: 0, width, height });
  return cellRects(area.width, area.height, layout, gap).map((rect) => ({
    ...rect,
    x: rect.x + area.x,
    y: rect.y + area.y,
  }));
}
