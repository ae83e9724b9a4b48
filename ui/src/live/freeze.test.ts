/**
 * Tests of the pictures that stand still: whose, since when, and which part of one a view shows.
 */
import { expect, it } from 'vitest';
import { FrozenPictures, viewIn } from './freeze';
import { WHOLE } from './view';

const image = {} as OffscreenCanvas;

it('keeps the first picture until it is let go', () => {
  const frozen = new FrozenPictures();
  frozen.add('a', null, 1);
  expect(frozen.get('a')).toBeUndefined();
  frozen.add('a', { image, of: WHOLE }, 1000);
  frozen.add('a', { image: {} as OffscreenCanvas, of: WHOLE }, 2000);
  frozen.add('b', { image, of: WHOLE }, 3000);
  expect(frozen.get('a')?.image).toBe(image);
  expect(frozen.since()).toEqual({ a: 1000, b: 3000 });
  expect([frozen.remove('a'), frozen.remove('a')]).toEqual([true, false]);
  expect(frozen.since()).toEqual({ b: 3000 });
  frozen.clear();
  expect(frozen.since()).toEqual({});
});

it('shows a view of a part that was held', () => {
  const quarter = { x: 0.5, y: 0.25, size: 0.5 };
  expect(viewIn(WHOLE, quarter)).toEqual(quarter);
  expect(viewIn(quarter, quarter)).toEqual(WHOLE);
  expect(viewIn(quarter, { x: 0.75, y: 0.5, size: 0.25 })).toEqual({ x: 0.5, y: 0.5, size: 0.5 });
  // What lies around the part is not there: the view reaches beyond it.
  expect(viewIn(quarter, WHOLE)).toEqual({ x: -1, y: -0.5, size: 2 });
});
