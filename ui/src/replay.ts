/**
 * Owns which recorded files show the last seconds of a camera again, and what of them is missing. Pure but for the one
 * question to the engine.
 */
import { codecName } from './format';
import type { GapVm } from './gen/GapVm';
import type { SegmentVm } from './gen/SegmentVm';
import { recordingGaps, recordingList } from './ipc';
import type { PlayedFile, PlayProblem } from './player';
import { mergeSpans, type Span } from './recordings';

/** How far back a replay goes, in milliseconds. */
export const REPLAY_MS = 30_000;
/** Between two files of one recording lies less than this; nobody sees it. */
const SEAM_MS = 500;
/** What a camera sent last may wait this long for the file that is being written: it is not missing. */
const UNWRITTEN_MS = 6000;

/** A span that was not recorded; the cause where the engine knows one. */
export interface Hole extends Span {
  cause: string | null;
}

/** What to play. */
export interface ReplayPlan {
  /** Which instant the player's zero is: the first file's start. */
  zeroMs: number;
  /** What there is of the span asked for, holes included. */
  fromMs: number;
  untilMs: number;
  files: PlayedFile[];
  holes: Hole[];
}

/** How to show a span again; null where nothing of it was recorded. */
export function planReplay(
  segments: readonly SegmentVm[],
  gaps: readonly GapVm[],
  span: Span,
): ReplayPlan | null {
  const files = segments
    .map((segment) => ({ segment, start: Date.parse(segment.start), end: Date.parse(segment.end) }))
    .filter((file) => file.end > span.start && file.start < span.end)
    .sort((a, b) => a.start - b.start);
  const [first] = files;
  if (!first) return null;
  const there = mergeSpans(files, SEAM_MS).map(({ start, end }) => ({
    start: Math.max(start, span.start),
    end: Math.min(end, span.end),
  }));
  const holes: Span[] = [];
  let at = span.start;
  for (const { start, end } of there) {
    if (start - at > SEAM_MS) holes.push({ start: at, end: start });
    at = end;
  }
  const written = files.some(({ segment }) => segment.open);
  if (span.end - at > (written ? UNWRITTEN_MS : SEAM_MS)) holes.push({ start: at, end: span.end });
  return {
    zeroMs: first.start,
    fromMs: there[0]?.start ?? span.start,
    untilMs: at,
    files: files.map(({ segment, start }) => ({ segment: segment.id, startS: (start - first.start) / 1000 })),
    holes: holes.map((hole) => ({ ...hole, cause: causeOf(hole, gaps) })),
  };
}

function causeOf(hole: Span, gaps: readonly GapVm[]): string | null {
  const gap = gaps.find(
    ({ start, end }) => Date.parse(start) < hole.end && (end === null || Date.parse(end) > hole.start),
  );
  return gap?.cause ?? null;
}

/** What there is of a camera's last seconds before an instant, or why that cannot be played. */
export async function findReplay(camera: string, untilMs: number): Promise<ReplayPlan | PlayProblem | null> {
  const span = { start: untilMs - REPLAY_MS, end: untilMs };
  const range = [camera, new Date(span.start).toISOString(), new Date(span.end).toISOString()] as const;
  const [segments, gaps] = await Promise.all([recordingList(...range), recordingGaps(...range)]);
  // No webview's player takes it.
  const mjpeg = segments.find(({ codec }) => codec === 'mjpeg');
  return mjpeg ? { kind: 'no_codec', mime: codecName(mjpeg.codec) } : planReplay(segments, gaps, span);
}
