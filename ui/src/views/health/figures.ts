/**
 * Owns which figures of a stream are shown and how each is written.
 */
import { bitrate, number } from '../../format';
import type { Figure } from '../../trace';

export interface FigureLook {
  /** Names it in the language files, under `health.figure`. */
  key: string;
  /** The main line, and one that goes with it. Steps of two seconds have one value: no lowest and no highest. */
  lines: readonly { name: Figure; label?: string; dayOnly?: boolean }[];
  text: (value: number, lang: string) => string;
}

/** A short number: one decimal where there is something to see in it. */
const short = (value: number, lang: string) => number(value, lang, value > 0 && value < 99.95 ? 1 : 0);
const milliseconds = (value: number, lang: string) => `${number(value, lang)} ms`;

/** Of each camera in the table. */
export const OVERVIEW: readonly FigureLook[] = [
  {
    key: 'fps',
    lines: [{ name: 'fps' }, { name: 'fps_min', label: 'lowest', dayOnly: true }],
    text: short,
  },
  {
    key: 'bitrate',
    lines: [{ name: 'bitrate_bps' }, { name: 'bitrate_max_bps', label: 'highest', dayOnly: true }],
    text: bitrate,
  },
  {
    key: 'latency',
    lines: [{ name: 'latency_ms' }, { name: 'latency_p95_ms', label: 'p95' }],
    text: milliseconds,
  },
  {
    key: 'loss',
    lines: [{ name: 'lost_per_s' }],
    text: (value, lang) => `${short(value, lang)}/s`,
  },
];

/** Of one camera. */
export const DETAILED: readonly FigureLook[] = [
  ...OVERVIEW,
  { key: 'jitter', lines: [{ name: 'jitter_ms' }], text: (v, lang) => `${short(v, lang)} ms` },
  { key: 'health', lines: [{ name: 'health' }], text: (v, lang) => number(v, lang) },
];
