/**
 * Owns the arithmetic of the coverage calendar: months and their weeks, how well a day is covered, where a key leads to.
 * Pure.
 */
import type { CoverageDayVm } from './gen/CoverageDayVm';
import { dateOf, dayOf, type Span, shiftDate } from './recordings';

/** The month `YYYY-MM` that a date lies in. */
export const monthOf = (date: string): string => date.slice(0, 7);

/** The dates of a month. */
export function datesOf(month: string): string[] {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const count = new Date(year, number, 0).getDate();
  return Array.from({ length: count }, (_, i) => `${month}-${`${i + 1}`.padStart(2, '0')}`);
}

/** The weeks of a month, Monday first; null where a week lies in another month. */
export function weeksOf(month: string): (string | null)[][] {
  const dates = datesOf(month);
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const lead = (new Date(year, number - 1, 1).getDay() + 6) % 7;
  const cells: (string | null)[] = [...Array<null>(lead).fill(null), ...dates];
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** The same day `months` later; the last one where that month is too short. */
export function shiftMonths(date: string, months: number): string {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number);
  const last = new Date(year, month + months, 0).getDate();
  return dateOf(new Date(year, month - 1 + months, Math.min(day, last), 12).getTime());
}

/** The date that a key leads to from this one; null for other keys. */
export function dateByKey(date: string, key: string): string | null {
  const weekday = (new Date(`${date}T12:00:00`).getDay() + 6) % 7;
  switch (key) {
    case 'ArrowLeft':
      return shiftDate(date, -1);
    case 'ArrowRight':
      return shiftDate(date, 1);
    case 'ArrowUp':
      return shiftDate(date, -7);
    case 'ArrowDown':
      return shiftDate(date, 7);
    case 'Home':
      return shiftDate(date, -weekday);
    case 'End':
      return shiftDate(date, 6 - weekday);
    case 'PageUp':
      return shiftMonths(date, -1);
    case 'PageDown':
      return shiftMonths(date, 1);
    default:
      return null;
  }
}

/** The local time that a month lasts. */
export function monthSpan(month: string): Span {
  const dates = datesOf(month);
  return { start: dayOf(dates[0] ?? month).start, end: dayOf(dates.at(-1) ?? month).end };
}

/** How well a day is covered. `none` stands for a day on which no recording was wanted. */
export type Level = 'none' | 'full' | 'good' | 'fair' | 'low';

/** The share recorded, 0 to 1; null where nothing was wanted. */
export function shareOf(day: CoverageDayVm | undefined): number | null {
  return day && day.expected_s > 0 ? Math.min(1, day.recorded_s / day.expected_s) : null;
}

export function levelOf(share: number | null): Level {
  if (share === null) return 'none';
  if (share >= 0.9999) return 'full';
  if (share >= 0.99) return 'good';
  return share >= 0.9 ? 'fair' : 'low';
}

/** This computer's time zone by its IANA name. */
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
