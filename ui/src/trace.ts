/**
 * Owns figures over time as plots take them: one list of times, one list of values a name, bounded. Knows no engine
 * and no plot.
 */
import type { HistoryVm } from './gen/HistoryVm';

/** A stream's figures over time, by the names of `HistoryVm`. */
export const FIGURES = [
  'fps',
  'fps_min',
  'bitrate_bps',
  'bitrate_max_bps',
  'latency_ms',
  'latency_p95_ms',
  'jitter_ms',
  'lost_per_s',
  'health',
] as const satisfies readonly (keyof HistoryVm)[];
export type Figure = (typeof FIGURES)[number];

type Values = (number | null)[];

/** Values by name over time. Null is unknown, and breaks a line. */
export class Trace<Name extends string = Figure> {
  /** Seconds since 1970, ascending. */
  readonly times: number[] = [];
  private readonly values = new Map<Name, Values>();
  private readonly watchers = new Set<() => void>();

  constructor(
    readonly names: readonly Name[],
    /** Seconds from one row to the next. */
    readonly stepS: number,
    /** Rows kept. */
    readonly most: number,
  ) {
    for (const name of names) this.values.set(name, []);
  }

  /** Adds the newest row. A pause since the last one is no line. */
  push(time: number, row: Record<Name, number | null>): void {
    const before = this.times.at(-1);
    if (before !== undefined && time <= before) return;
    if (before !== undefined && time - before > 3 * this.stepS) this.add(before + this.stepS, null);
    this.add(time, row);
    this.tell();
  }

  private add(time: number, row: Record<Name, number | null> | null): void {
    this.times.push(time);
    for (const name of this.names) this.of(name).push(row?.[name] ?? null);
    if (this.times.length <= this.most) return;
    this.times.shift();
    for (const name of this.names) this.of(name).shift();
  }

  /** Replaces everything by rows at even distances; a list that is too short is unknown at its end. */
  fill(start: number, lists: Record<Name, readonly (number | null)[]>, length: number): void {
    this.times.length = 0;
    for (let i = 0; i < length; i += 1) this.times.push(start + i * this.stepS);
    for (const name of this.names) {
      const values = this.of(name);
      values.length = 0;
      for (let i = 0; i < length; i += 1) values.push(lists[name][i] ?? null);
    }
    this.tell();
  }

  /** The values of a name, as long as `times`. */
  of(name: Name): Values {
    return this.values.get(name) ?? [];
  }

  /** The newest value; null while it is unknown. */
  last(name: Name): number | null {
    return this.of(name).at(-1) ?? null;
  }

  /** Whether any of the names was ever known. */
  knows(names: readonly Name[]): boolean {
    return names.some((name) => this.of(name).some((value) => value !== null));
  }

  /** Calls `told` after every change; the answer stops it. */
  watch(told: () => void): () => void {
    this.watchers.add(told);
    return () => this.watchers.delete(told);
  }

  private tell(): void {
    for (const told of this.watchers) told();
  }
}

/** The rows that one span of the engine's history has: ten minutes by two seconds, a day by minutes. */
export const SPANS = { recent: { stepS: 2, rows: 300 }, day: { stepS: 60, rows: 1440 } } as const;
export type Span = keyof typeof SPANS;

export const streamTrace = (span: Span) => new Trace(FIGURES, SPANS[span].stepS, SPANS[span].rows);

/** Takes the engine's history over. */
export function fillFrom(trace: Trace, history: HistoryVm): void {
  trace.fill(Date.parse(history.start) / 1000, history, history.fps.length);
}
