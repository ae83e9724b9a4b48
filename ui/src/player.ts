/**
 * Owns how a recorded file gets into a `<video>`: Media Source Extensions, fed with its fragments in order, a few
 * seconds ahead of what is shown. Knows no React.
 */
import type { PlaybackVm } from './gen/PlaybackVm';
import { recordingFragment, recordingPlayback } from './ipc';
import { fromBase64 } from './live/protocol';

/** How far ahead of the picture to fetch, in seconds. */
const AHEAD_S = 20;
/** How much behind the picture to keep when the webview's buffer is full, in seconds. */
const BEHIND_S = 5;

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

function event(target: EventTarget, name: string): Promise<void> {
  return new Promise((resolve) => target.addEventListener(name, () => resolve(), { once: true }));
}

/** Plays one file in `video` from `at` seconds. The answer stops it. */
export function playSegment(
  video: HTMLVideoElement,
  segment: number,
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
    for (const name of ['timeupdate', 'seeking', 'playing']) video.removeEventListener(name, woken);
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
    const playback = await recordingPlayback(segment);
    if (stopped) return;
    if (!Source.isTypeSupported(playback.mime)) {
      onProblem({ kind: 'no_codec', mime: playback.mime });
      return;
    }
    const source = new Source();
    url = URL.createObjectURL(source as unknown as MediaSource);
    // A managed source plays only where no remote device could take over.
    video.disableRemotePlayback = true;
    video.src = url;
    await event(source, 'sourceopen');
    if (stopped) return;
    const buffer = source.addSourceBuffer(playback.mime);
    const append = async (bytes: BufferSource) => {
      const done = event(buffer, 'updateend');
      buffer.appendBuffer(bytes);
      await done;
    };
    await append(fromBase64(playback.init));
    const last = playback.fragments.at(-1);
    if (last) source.duration = last.start_s + last.duration_s;
    if (at > 0) video.currentTime = at;
    for (const name of ['timeupdate', 'seeking', 'playing']) video.addEventListener(name, woken);
    video.play().catch(() => undefined);

    const have = new Set<number>();
    while (!stopped) {
      const now = video.currentTime;
      const next = wantedFragment(playback.fragments, have, now);
      if (next === null) {
        if (have.size === playback.fragments.length && source.readyState === 'open') source.endOfStream();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const bytes = await recordingFragment(segment, next);
      if (stopped) return;
      try {
        await append(bytes);
        have.add(next);
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError' || now <= BEHIND_S)
          throw error;
        const done = event(buffer, 'updateend');
        buffer.remove(0, now - BEHIND_S);
        await done;
        for (const index of have) {
          const fragment = playback.fragments[index];
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

/** The next fragment to fetch for a position; null while enough is there. */
export function wantedFragment(
  fragments: PlaybackVm['fragments'],
  have: ReadonlySet<number>,
  seconds: number,
): number | null {
  for (let i = fragmentAt(fragments, seconds); i < fragments.length; i += 1) {
    if ((fragments[i]?.start_s ?? 0) > seconds + AHEAD_S) return null;
    if (!have.has(i)) return i;
  }
  return null;
}
