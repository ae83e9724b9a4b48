/**
 * Tests of the tile geometry; the first cases are those of `model::live::fit`.
 */
import { describe, expect, it } from 'vitest';
import { canvasSize, fit, tileRects } from './fit';

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

describe('tileRects', () => {
  it.each([1, 2, 3, 4])('fills a canvas with %i a side, inside and without overlap', (side) => {
    const rects = tileRects(1083, 727, side, 2);
    expect(rects).toHaveLength(side * side);
    for (const [i, a] of rects.entries()) {
      expect(a.x + a.width).toBeLessThanOrEqual(1083);
      expect(a.y + a.height).toBeLessThanOrEqual(727);
      for (const b of rects.slice(i + 1)) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).toBe(true);
      }
    }
  });
});
