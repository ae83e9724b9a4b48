/**
 * Tests of the tile geometry; the first cases are those of `model::live::fit`.
 */
import { describe, expect, it } from 'vitest';
import { canvasSize, cellRects, fit, type Rect, wall } from './fit';
import { covered, EVEN_TILES, layoutOf, UNEVEN_TILES } from './layout';

const tile = { x: 320, y: 200, width: 320, height: 200 };

describe('fit', () => {
  it('agrees with model::live::fit', () => {
    expect(fit(640, 360, tile)).toEqual({ x: 320, y: 210, width: 320, height: 180 });
    expect(fit(360, 640, tile)).toEqual({ x: 424, y: 200, width: 112, height: 200 });
  });
  it('stays inside and even for any size', () => {
    for (const [w, h] of [
      [1, 8192],
      [8192, 1],
      [1920, 1080],
      [0, 0],
      [704, 577],
    ] as const) {
      const at = fit(w, h, tile);
      expect([at.x % 2, at.y % 2, at.width % 2, at.height % 2]).toEqual([0, 0, 0, 0]);
      expect(at.x).toBeGreaterThanOrEqual(tile.x);
      expect(at.y).toBeGreaterThanOrEqual(tile.y);
      expect(at.x + at.width).toBeLessThanOrEqual(tile.x + tile.width);
      expect(at.y + at.height).toBeLessThanOrEqual(tile.y + tile.height);
    }
  });
});

describe('canvasSize', () => {
  it('is even and follows the pixel ratio', () => {
    expect(canvasSize(1085, 727, 1)).toEqual({ width: 1084, height: 726, scale: 1 });
    expect(canvasSize(1000, 500, 2)).toEqual({ width: 2000, height: 1000, scale: 2 });
  });
  it('is capped on the longer side', () => {
    const { width, height } = canvasSize(5000, 1000, 3);
    expect(width).toBe(8192);
    expect(height).toBeLessThanOrEqual(1640);
  });
});

const apart = (a: Rect, b: Rect) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe('cellRects', () => {
  it.each([...EVEN_TILES, ...UNEVEN_TILES])(
    'fills a canvas with %i tiles, inside and without overlap',
    (tiles) => {
      const rects = cellRects(1083, 727, layoutOf(tiles), 2);
      expect(rects).toHaveLength(tiles);
      for (const [i, a] of rects.entries()) {
        expect([a.x % 2, a.y % 2, a.width % 2, a.height % 2]).toEqual([0, 0, 0, 0]);
        expect(a.x + a.width).toBeLessThanOrEqual(1083);
        expect(a.y + a.height).toBeLessThanOrEqual(727);
        for (const b of rects.slice(i + 1)) expect(apart(a, b)).toBe(true);
      }
    },
  );
  it('lets a tile that spans cells end where its cells end', () => {
    const [large, right, , below] = cellRects(960, 540, layoutOf(6), 2);
    expect(large).toEqual({ x: 0, y: 0, width: 638, height: 358 });
    expect(right).toEqual({ x: 640, y: 0, width: 320, height: 178 });
    expect(below).toEqual({ x: 0, y: 360, width: 318, height: 180 });
  });
});

describe('wall', () => {
  it.each([
    [1000, 1000, 2, 2],
    [1920, 300, 4, 2],
    [641, 361, 1, 8],
  ])('keeps 16:9 for each cell of %i x %i in %i x %i', (width, height, columns, rows) => {
    const rects = wall(width, height, covered({ columns, rows, cells: [] }), 2);
    expect(rects).toHaveLength(columns * rows);
    for (const rect of rects) {
      // To the pixel that even numbers and gaps cost.
      expect(Math.abs(rect.width - (rect.height * 16) / 9)).toBeLessThan(8);
      expect(rect.x + rect.width).toBeLessThanOrEqual(width);
      expect(rect.y + rect.height).toBeLessThanOrEqual(height);
    }
  });
  it('is nothing on a stage without size', () => {
    expect(wall(0, 500, layoutOf(4), 2)).toEqual([]);
  });
});
