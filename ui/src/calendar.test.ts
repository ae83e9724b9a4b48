/** Tests the coverage calendar's arithmetic, also where the clocks change. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dateByKey, datesOf, levelOf, monthSpan, shareOf, shiftMonths, weeksOf } from './calendar';

const HOUR = 3_600_000;
const day = (expected_s: number, recorded_s: number) => ({
  day: '2026-03-29',
  start: '2026-03-28T23:00:00.000Z',
  length_s: 82_800,
  expected_s,
  recorded_s,
  missing_s: expected_s - recorded_s,
  causes: [],
});

let zone: string | undefined;
beforeEach(() => {
  zone = process.env.TZ;
  process.env.TZ = 'Europe/Madrid';
});
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

describe('months', () => {
  it('are laid out from Monday to Sunday, each date once', () => {
    const weeks = weeksOf('2026-03');
    expect(weeks[0]).toEqual([null, null, null, null, null, null, '2026-03-01']);
    expect(weeks.every((week) => week.length === 7)).toBe(true);
    expect(weeks.flat().filter((date) => date !== null)).toEqual(datesOf('2026-03'));
    expect(weeksOf('2027-02')).toHaveLength(4);
    expect(datesOf('2028-02')).toHaveLength(29);
  });
  it('are an hour shorter or longer where the clocks change', () => {
    const hours = (month: string) => (monthSpan(month).end - monthSpan(month).start) / HOUR;
    expect([hours('2026-02'), hours('2026-03'), hours('2026-10')]).toEqual([672, 31 * 24 - 1, 31 * 24 + 1]);
  });
});

describe('keys', () => {
  it('walk over days of 23 and 25 hours one at a time', () => {
    expect(dateByKey('2026-03-28', 'ArrowRight')).toBe('2026-03-29');
    expect(dateByKey('2026-03-29', 'ArrowRight')).toBe('2026-03-30');
    expect(dateByKey('2026-10-26', 'ArrowLeft')).toBe('2026-10-25');
    expect(dateByKey('2026-10-25', 'ArrowUp')).toBe('2026-10-18');
  });
  it('go to the ends of the week and to other months', () => {
    expect(dateByKey('2026-10-22', 'Home')).toBe('2026-10-19');
    expect(dateByKey('2026-10-22', 'End')).toBe('2026-10-25');
    expect(dateByKey('2026-03-31', 'PageUp')).toBe('2026-02-28');
    expect(shiftMonths('2026-12-31', 2)).toBe('2027-02-28');
    expect(dateByKey('2026-03-31', 'a')).toBeNull();
  });
});

it('a day is only whole when hardly a second is missing', () => {
  expect(shareOf(undefined)).toBeNull();
  expect(levelOf(shareOf(day(0, 0)))).toBe('none');
  expect(levelOf(shareOf(day(82_800, 82_800)))).toBe('full');
  expect(levelOf(shareOf(day(82_800, 82_700)))).toBe('good');
  expect(levelOf(shareOf(day(82_800, 79_000)))).toBe('fair');
  expect(levelOf(shareOf(day(82_800, 100)))).toBe('low');
});
