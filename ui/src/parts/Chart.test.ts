/**
 * Tests where keys take a chart's cursor.
 */
import { expect, it } from 'vitest';
import { keyTarget } from './Chart';

it('moves the cursor within the rows', () => {
  expect(keyTarget('ArrowLeft', 5, 299)).toBe(4);
  expect(keyTarget('ArrowRight', 299, 299)).toBe(299);
  expect(keyTarget('PageDown', 100, 299)).toBe(70);
  expect([keyTarget('Home', 5, 299), keyTarget('End', 5, 299)]).toEqual([0, 299]);
  expect([keyTarget('x', 5, 299), keyTarget('Home', 0, -1)]).toEqual([null, null]);
});
