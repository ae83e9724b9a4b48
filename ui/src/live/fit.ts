/**
 * Owns where tiles lie on the canvas and where a picture lies in its tile. `fit` is `model::live::fit`, to the
 * pixel: the native path composes with that one, and what is laid over the pictures must agree with it.
 */

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

/** `side * side` tiles in rows, `gap` pixels apart, on even pixels. */
export function tileRects(width: number, height: number, side: number, gap: number): Rect[] {
  const edge = (length: number, i: number) => even(Math.round(((length + gap) * i) / side));
  const rects: Rect[] = [];
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const x = edge(width, column);
      const y = edge(height, row);
      const right = column === side - 1 ? even(width) : edge(width, column + 1) - gap;
      const bottom = row === side - 1 ? even(height) : edge(height, row + 1) - gap;
      rects.push({ x, y, width: Math.max(2, right - x), height: Math.max(2, bottom - y) });
    }
  }
  return rects;
}
