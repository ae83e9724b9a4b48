/**
 * Owns the arithmetic of the recordings page: days in the local zone, the order of files and gaps, the day's strip.
 * Pure.
 */
import type { GapVm } from './gen/GapVm';
import type { SegmentVm } from './gen/SegmentVm';

/** A span of time in milliseconds since 1970. */
export interface Span {
  start: number;
  end: number;
}

/** The local day that is `YYYY-MM-DD`: 23, 24 or 25 hours long. */
export function dayOf(date: string): Span {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number);
  return {
    start: new Date(year, month - 1, day).getTime(),
    end: new Date(year, month - 1, day + 1).getTime(),
  };
}

/** The local date of an instant as `YYYY-MM-DD`. */
export function dateOf(time: number): string {
  const at = new Date(time);
  const two = (n: number) => `${n}`.padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The date `days` later. */
export function shiftDate(date: string, days: number): string {
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number);
  return dateOf(new Date(year, month - 1, day + days, 12).getTime());
}

/** A line of the list. */
export type Row =
  | { kind: 'segment'; start: number; end: number; segment: SegmentVm }
  | { kind: 'gap'; start: number; end: number | null; cause: string };

/** Files and gaps of a day in the order of time. */
export function rowsOf(segments: readonly SegmentVm[], gaps: readonly GapVm[]): Row[] {
  const rows: Row[] = segments.map((segment) => ({
    kind: 'segment',
    start: Date.parse(segment.start),
    end: Date.parse(segment.end),
    segment,
  }));
  for (const gap of gaps) {
    rows.push({
      kind: 'gap',
      start: Date.parse(gap.start),
      end: gap.end === null ? null : Date.parse(gap.end),
      cause: gap.cause,
    });
  }
  return rows.sort((a, b) => a.start - b.start || (a.kind === 'gap' ? -1 : 1));
}

/** Spans put together where nothing a person could see lies between them. */
export function mergeSpans(spans: readonly Span[], slackMs: number): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && span.start - last.end <= slackMs) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}

/** `HH:MM:SS` of an instant, for a time field. */
export function timeField(time: number): string {
  const at = new Date(time);
  const two = (n: number) => `${n}`.padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The instant at which a local day shows this time; null for what is no time. */
export function fromTimeField(date: string, text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!match) return null;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const [year = 1970, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day, hour, minute, second).getTime();
}

/** The file that covers an instant, or else the first one after it. */
export function segmentAt(segments: readonly SegmentVm[], time: number): SegmentVm | null {
  return segments.find((segment) => Date.parse(segment.end) > time) ?? null;
}

/** Replaces or adds a file in a list ordered by time. */
export function withSegment(segments: readonly SegmentVm[], segment: SegmentVm): SegmentVm[] {
  return [...segments.filter((one) => one.id !== segment.id), segment].sort(
    (a, b) => Date.parse(a.start) - Date.parse(b.start),
  );
}
