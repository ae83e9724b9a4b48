/**
 * Owns how recorded files get into a `<video>`: Media Source Extensions, fed with their fragments in order, a few
 * seconds ahead of what is shown; what was not recorded between them is leapt over. Knows no React.
 */
import type { PlaybackVm } from './gen/PlaybackVm';
import { recordingFragment, recordingPlayback } from './ipc';
import { fromBase64 } from './live/protocol';

/** How far ahead of the picture to fetch, in seconds. */
const AHEAD_S = 20;
/** How much behind the picture to keep when the webview's buffer is full, in seconds. */
const BEHIND_S = 5;
/** Nearer to the end of what is buffered nothing is shown any more, in seconds. */
const EDGE_S = 0.1;

/** A file of those that are played one after another. */
export interface PlayedFile {
  segment: number;
  /** Where its start lies in the video, in seconds: zero for the first, later for those after it. */
  startS: number;
}

/** A piece to fetch, in the order of time. */
interface Piece {
  file: number;
  index: number;
  start_s: number;
  duration_s: number;
}

/** Why a file cannot be played here. */
export type PlayProblem =
  | { kind: 'no_mse' }
  | { kind: 'no_codec'; mime: string }
  | { kind: 'failed'; error: unknown };

interface MediaSourceLike extends EventTarget {
  readonly readyState: string;
  duration: number;
  addSourceBuffer(mime: string): SourceBuffer;
  endOfStream(): void;
}
type MediaSourceClass = { new (): MediaSourceLike; isTypeSupported(mime: string): boolean };

function mediaSource(): MediaSourceClass | null {
  const scope = globalThis as unknown as {
    MediaSource?: MediaSourceClass;
    ManagedMediaSource?: MediaSourceClass;
  };
  return scope.MediaSource ?? scope.ManagedMediaSource ?? null;
}

/** The fragment that holds a position; the last one for what lies behind the end. */
export function fragmentAt(fragments: PlaybackVm['fragments'], seconds: number): number {
  let found = 0;
  for (const [i, fragment] of fragments.entries()) {
    if (fragment.start_s > seconds + 0.001) break;
    found = i;
  }
  return found;
}

const WAKING = ['timeupdate', 'seeking', 'playing', 'waiting'];

function event(target: EventTarget, name: string): Promise<void> {
  return new Promise((resolve) => target.addEventListener(name, () => resolve(), { once: true }));
}

/** Plays files in `video` from `at` seconds. The answer stops it. */
export function playFiles(
  video: HTMLVideoElement,
  files: readonly PlayedFile[],
  at: number,
  onProblem: (problem: PlayProblem) => void,
): () => void {
  let stopped = false;
  let url: string | null = null;
  let wake: () => void = () => undefined;
  const woken = () => {
    wake();
  };
  const stop = () => {
    stopped = true;
    wake();
    for (const name of WAKING) video.removeEventListener(name, woken);
    video.removeAttribute('src');
    video.load();
    if (url) URL.revokeObjectURL(url);
  };
  const run = async () => {
    const Source = mediaSource();
    if (!Source) {
      onProblem({ kind: 'no_mse' });
      return;
    }
    const opened = await Promise.all(files.map(({ segment }) => recordingPlayback(segment)));
    const [first] = opened;
    if (stopped || !first) return;
    const unplayed = opened.find(({ mime }) => !Source.isTypeSupported(mime));
    if (unplayed) {
      onProblem({ kind: 'no_codec', mime: unplayed.mime });
      return;
    }
    const pieces = files.flatMap(({ startS }, file) =>
      (opened[file]?.fragments ?? []).map(
        ({ start_s, duration_s }, index): Piece => ({ file, index, start_s: startS + start_s, duration_s }),
      ),
    );
    const source = new Source();
    url = URL.createObjectURL(source as unknown as MediaSource);
    // A managed source plays only where no remote device could take over.
    video.disableRemotePlayback = true;
    video.src = url;
    await event(source, 'sourceopen');
    if (stopped) return;
    const buffer = source.addSourceBuffer(first.mime);
    const append = async (bytes: BufferSource) => {
      const done = event(buffer, 'updateend');
      buffer.appendBuffer(bytes);
      await done;
    };
    let current = -1;
    let mime = first.mime;
    // What follows is this file's: its head tells the format, its zero lies elsewhere in the video.
    const turnTo = async (file: number) => {
      const playback = opened[file];
      if (file === current || !playback) return;
      current = file;
      if (playback.mime !== mime) buffer.changeType(playback.mime);
      mime = playback.mime;
      buffer.timestampOffset = files[file]?.startS ?? 0;
      await append(fromBase64(playback.init));
    };
    await turnTo(0);
    const last = pieces.at(-1);
    if (last) source.duration = last.start_s + last.duration_s;
    if (at > 0) video.currentTime = at;
    for (const name of WAKING) video.addEventListener(name, woken);
    video.play().catch(() => undefined);

    const have = new Set<number>();
    while (!stopped) {
      const now = video.currentTime;
      const leap = leapTo(pieces, have, video.buffered, now);
      if (leap !== null) video.currentTime = leap;
      const next = wantedFragment(pieces, have, now);
      const piece = next === null ? undefined : pieces[next];
      if (next === null || !piece) {
        if (have.has(pieces.length - 1) && source.readyState === 'open') source.endOfStream();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const bytes = await recordingFragment(files[piece.file]?.segment ?? 0, piece.index);
      if (stopped) return;
      try {
        await turnTo(piece.file);
        await append(bytes);
        have.add(next);
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError' || now <= BEHIND_S)
          throw error;
        const done = event(buffer, 'updateend');
        buffer.remove(0, now - BEHIND_S);
        await done;
        for (const index of have) {
          const fragment = pieces[index];
          if (fragment && fragment.start_s < now - BEHIND_S) have.delete(index);
        }
      }
    }
  };
  run().catch((error) => {
    if (!stopped) onProblem({ kind: 'failed', error });
  });
  return stop;
}

/**
 * Where to go on from a position at which nothing more comes: the next piece's start. Null while there is something
 * to show, or something to fetch first.
 */
export function leapTo(
  pieces: PlaybackVm['fragments'],
  have: ReadonlySet<number>,
  buffered: Pick<TimeRanges, 'length' | 'start' | 'end'>,
  seconds: number,
): number | null {
  const at = fragmentAt(pieces, seconds);
  const next = pieces[at + 1];
  if (!next || !have.has(at) || !have.has(at + 1)) return null;
  for (let i = 0; i < buffered.length; i += 1) {
    if (buffered.end(i) <= seconds + EDGE_S) continue;
    if (buffered.start(i) <= seconds) return null;
    return Math.max(buffered.start(i), seconds) + 0.01;
  }
  return null;
}

/** The next fragment to fetch for a position; null while enough is there. */
export function wantedFragment(
  fragments: PlaybackVm['fragments'],
  have: ReadonlySet<number>,
  seconds: number,
): number | null {
  const at = fragmentAt(fragments, seconds);
  for (let i = at; i < fragments.length; i += 1) {
    // The next one at least, however long nothing was recorded before it.
    if (i > at + 1 && (fragments[i]?.start_s ?? 0) > seconds + AHEAD_S) return null;
    if (!have.has(i)) return i;
  }
  return null;
}
