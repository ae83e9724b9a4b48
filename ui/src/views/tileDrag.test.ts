/**
 * Tests of where a hand is on the stage.
 */
import { expect, it } from 'vitest';
import { placeAt } from './tileDrag';

it('knows the tile under a hand', () => {
  const places = [
    { left: 0, top: 10, width: 100, height: 50 },
    { left: 102, top: 10, width: 100, height: 50 },
  ];
  expect([
    placeAt(places, 99, 59),
    placeAt(places, 102, 10),
    placeAt(places, 100, 20),
    placeAt(places, 5, 5),
  ]).toEqual([0, 1, null, null]);
});
