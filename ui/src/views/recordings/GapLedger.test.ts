/** Tests which gaps the ledger lists, and in which order. */
import { expect, it } from 'vitest';
import { causesOf, newestOf } from './GapLedger';

const gap = (hour: number, cause: string) => ({
  start: new Date(Date.UTC(2026, 9, 25, hour)).toISOString(),
  end: null,
  cause,
});
const gaps = [gap(1, 'offline'), gap(9, 'loss'), gap(4, 'offline'), gap(6, 'disk')];

it('lists the newest gap first, of one cause or of all', () => {
  expect(newestOf(gaps, null).map((one) => one.cause)).toEqual(['loss', 'disk', 'offline', 'offline']);
  expect(newestOf(gaps, 'offline').map((one) => one.start.slice(11, 13))).toEqual(['04', '01']);
  expect(gaps[0]?.cause).toBe('offline');
});

it('counts the causes that there are', () => {
  expect(causesOf(gaps)).toEqual([
    ['offline', 2],
    ['disk', 1],
    ['loss', 1],
  ]);
});
