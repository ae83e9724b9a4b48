/** What a tile shows of its picture: zoom about a point, pan within the picture, whole numbers for the engine. */
import { describe, expect, it } from 'vitest';
import { inUnits, isWhole, pan, WHOLE, zoom } from './view';

describe('view', () => {
  it('keeps the point under the pointer where it is', () => {
    const once = zoom(WHOLE, 2, 0.75, 0.25);
    expect(once).toEqual({ x: 0.375, y: 0.125, size: 0.5 });
    const twice = zoom(once, 2, 0.75, 0.25);
    expect(twice.x + 0.75 * twice.size).toBeCloseTo(once.x + 0.75 * once.size);
    expect(zoom(twice, 0.25, 0.75, 0.25)).toEqual(WHOLE);
  });

  it('never leaves the picture, however far it goes', () => {
    const deep = zoom(WHOLE, 1000, 1, 1);
    expect(deep).toEqual({ x: 15 / 16, y: 15 / 16, size: 1 / 16 });
    expect(pan(deep, -50, 50)).toEqual({ x: 15 / 16, y: 0, size: 1 / 16 });
    expect(pan(WHOLE, 0.3, -0.3)).toMatchObject({ size: 1 });
    expect(Math.abs(pan(WHOLE, 0.3, -0.3).x)).toBe(0);
    expect(isWhole(zoom(deep, 0.0001, 0.5, 0.5))).toBe(true);
  });

  it('is inside the picture in whole numbers too', () => {
    for (let i = 0; i < 1000; i += 1) {
      const share = i / 1000;
      const { x, y, size } = inUnits(zoom(zoom(WHOLE, 1 + share * 15, share, 1 - share), 1.1, 1, share));
      expect(x + size).toBeLessThanOrEqual(65_536);
      expect(y + size).toBeLessThanOrEqual(65_536);
      expect(size).toBeGreaterThanOrEqual(4096);
    }
  });
});
