/**
 * Tests of the corners of zones.
 */
import { expect, it } from 'vitest';
import { CORNERS_MAX, type Corner, moved, newZone, withCorner, withoutCorner } from './zones';

const triangle: Corner[] = [
  [0, 0],
  [1, 0],
  [0, 0.5],
];

it('moves a corner inside of the picture', () => {
  expect(moved(triangle, 1, [1.2, -0.1])).toEqual([
    [0, 0],
    [1, 0],
    [0, 0.5],
  ]);
  expect(moved(triangle, 2, [0.25, 0.75])[2]).toEqual([0.25, 0.75]);
});

it('adds a corner to the longest side, until there are enough', () => {
  expect(withCorner(triangle)).toEqual([
    [0, 0],
    [1, 0],
    [0.5, 0.25],
    [0, 0.5],
  ]);
  let many = triangle;
  for (let n = 0; n < 50; n += 1) many = withCorner(many);
  expect(many).toHaveLength(CORNERS_MAX);
});

it('keeps three corners', () => {
  expect(withoutCorner(newZone('watch', 'Gate').points, 0)).toHaveLength(3);
  expect(withoutCorner(triangle, 0)).toEqual(triangle);
});
