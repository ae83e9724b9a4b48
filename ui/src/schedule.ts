/**
 * Owns a weekly schedule as the pages edit it: seven days of 48 half hours, each a letter.
 */

/** `-` nothing, `C` everything, `M` what moves. */
export const LETTERS = ['-', 'C', 'M'] as const;
export type Letter = (typeof LETTERS)[number];

export const DAYS = 7;
export const SLOTS = 48;

/** Seven days, Monday first. */
export type Week = readonly (readonly Letter[])[];

/** A half hour of a week. */
export interface Slot {
  day: number;
  slot: number;
}

const isLetter = (letter: string): letter is Letter => (LETTERS as readonly string[]).includes(letter);

/** What a schedule's text says; a week of nothing where there is none. */
export function readWeek(text: string | null): Week {
  const days = text?.split(';') ?? [];
  return Array.from({ length: DAYS }, (_, day) =>
    Array.from({ length: SLOTS }, (_, slot) => {
      const letter = days[day]?.[slot] ?? '-';
      return isLetter(letter) ? letter : '-';
    }),
  );
}

export const writeWeek = (week: Week): string => week.map((day) => day.join('')).join(';');

/** The week with everything between two half hours painted: the days from one to the other, the same hours of each. */
export function paint(week: Week, from: Slot, to: Slot, letter: Letter): Week {
  const within = (at: number, one: number, other: number) =>
    at >= Math.min(one, other) && at <= Math.max(one, other);
  return week.map((day, d) =>
    within(d, from.day, to.day) ? day.map((old, s) => (within(s, from.slot, to.slot) ? letter : old)) : day,
  );
}

/** The week with one day copied to others. */
export function copyDay(week: Week, from: number, to: readonly number[]): Week {
  return week.map((day, d) => (to.includes(d) ? (week[from] ?? day) : day));
}

/** Where a half hour begins: `10:30`. The end of the day's last is `24:00`. */
export function slotTime(slot: number): string {
  return `${String(Math.floor(slot / 2)).padStart(2, '0')}:${slot % 2 ? '30' : '00'}`;
}

/** The half hour that an arrow key leads to; at an edge the same. */
export function step({ day, slot }: Slot, key: string): Slot | null {
  const [days, slots] =
    { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key] ??
    ({ Home: [0, -SLOTS], End: [0, SLOTS] } as Record<string, number[]>)[key] ??
    [];
  if (days === undefined || slots === undefined) return null;
  const kept = (value: number, most: number) => Math.min(most, Math.max(0, value));
  return { day: kept(day + days, DAYS - 1), slot: kept(slot + slots, SLOTS - 1) };
}
