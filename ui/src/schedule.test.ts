/**
 * Tests of a weekly schedule as it is edited.
 */
import { expect, it } from 'vitest';
import { copyDay, paint, readWeek, slotTime, step, writeWeek } from './schedule';

const empty = readWeek(null);
const count = (text: string, letter: string) => text.split(letter).length - 1;

it('reads what it writes', () => {
  const text = writeWeek(empty);
  expect(text.length).toBe(7 * 48 + 6);
  const day = `${'C'.repeat(16)}${'M'.repeat(16)}${'-'.repeat(16)}`;
  const week = Array.from({ length: 7 }, () => day).join(';');
  expect(writeWeek(readWeek(week))).toBe(week);
  expect(writeWeek(readWeek('CX;'))).toBe(text.replace('-', 'C'));
});

it('paints the same hours of each day between two, whichever came first', () => {
  const painted = paint(empty, { day: 3, slot: 20 }, { day: 1, slot: 18 }, 'M');
  expect(count(writeWeek(painted), 'M')).toBe(9);
  expect([1, 2, 3].map((day) => painted[day]?.slice(17, 22).join(''))).toEqual(Array(3).fill('-MMM-'));
  expect(writeWeek(paint(painted, { day: 0, slot: 0 }, { day: 6, slot: 47 }, '-'))).toBe(writeWeek(empty));
});

it('copies a day to others', () => {
  const monday = paint(empty, { day: 0, slot: 0 }, { day: 0, slot: 47 }, 'C');
  expect(count(writeWeek(copyDay(monday, 0, [1, 2, 3, 4])), 'C')).toBe(5 * 48);
  expect(count(writeWeek(copyDay(monday, 6, [0])), 'C')).toBe(0);
});

it('steps to the neighbours and no further', () => {
  expect(step({ day: 0, slot: 0 }, 'ArrowUp')).toEqual({ day: 0, slot: 0 });
  expect(step({ day: 0, slot: 0 }, 'ArrowDown')).toEqual({ day: 1, slot: 0 });
  expect(step({ day: 6, slot: 46 }, 'ArrowRight')).toEqual({ day: 6, slot: 47 });
  expect(step({ day: 2, slot: 20 }, 'Home')).toEqual({ day: 2, slot: 0 });
  expect(step({ day: 2, slot: 20 }, 'End')).toEqual({ day: 2, slot: 47 });
  expect(step({ day: 2, slot: 20 }, 'x')).toBeNull();
  expect([0, 21, 48].map(slotTime)).toEqual(['00:00', '10:30', '24:00']);
});
