/**
 * Owns what the page and its live worker say to each other. Types only.
 */
import type { GovernedTileVm } from '../gen/GovernedTileVm';
import type { UserError } from '../gen/UserError';
import type { Rect } from './fit';
import type { View } from './view';

/** A tile the page wants. */
export interface TileRequest extends Rect {
  camera: string;
  role: 'main' | 'sub';
  facts: TileFacts;
}

/** What the page knows about a tile from the engine's figures. */
export interface TileFacts {
  /** Whether its last picture is old: drawn grey. */
  stale: boolean;
  /** Size of its stream's pictures, which the native path does not tell; 0 while unknown. */
  pictureWidth: number;
  pictureHeight: number;
}

/** Decoded sound of a camera, one channel. */
export interface SoundBlock {
  /** Its beginning on the stream's time line. */
  tsMs: number;
  /** When a picture of the same moment was received, since 1970. */
  momentMs: number;
  sampleRate: number;
  samples: Float32Array<ArrayBuffer>;
}

/** From the page to the worker. */
export type ToWorker =
  | { type: 'start'; canvas: OffscreenCanvas; background: string; hasGpu: boolean; gpu: string }
  | { type: 'endpoint'; url: string; token: string }
  | { type: 'endpoint_failed' }
  | { type: 'grid'; width: number; height: number; tiles: TileRequest[] }
  | { type: 'facts'; tiles: TileFacts[] }
  | { type: 'view'; camera: string; view: View }
  | { type: 'freeze'; cameras: string[]; on: boolean }
  | { type: 'take'; id: number; camera: string }
  | { type: 'listen'; cameras: readonly string[] }
  | { type: 'background'; colour: string }
  /** The user is at this camera's tile. */
  | { type: 'focus'; camera: string | null }
  /** Whether nobody can see the window. */
  | { type: 'hidden'; hidden: boolean }
  | { type: 'restart' }
  | { type: 'read'; id: number; tile: number };

/** Pictures of one tile, since its stream was opened. */
export interface TileStats {
  camera: string;
  role: string;
  /** Pictures that came in (native path: that were decoded). */
  offered: number;
  /** Pictures that came in a second, over the last two seconds; null before that can be said. */
  offeredFps: number | null;
  /** Pictures drawn. */
  painted: number;
  /** Pictures drawn a second, over the last two seconds. */
  paintedFps: number;
  /** Pictures left out to catch up with the present. */
  skipped: number;
  /** Received to painted, of the last 120 pictures; null before the first. */
  latencyP50Ms: number | null;
  latencyP95Ms: number | null;
  /** From asking for the tile to its first picture of this stream on the canvas; null before it. */
  firstMs: number | null;
  /** Whether a picture of this stream has been drawn since it was asked for. */
  shown: boolean;
  /** Where the picture lies on the canvas; null before the first. */
  picture: Rect | null;
}

/** State of the worker, twice a second. */
export interface LiveStats {
  connected: boolean;
  /** `webview`, `native` or null before the server said so. */
  path: string | null;
  reason: string | null;
  decodesH264: boolean;
  hasGpu: boolean;
  gpu: string;
  /** Animation ticks in which something was drawn. */
  paints: number;
  /** The grid these figures belong to. */
  grid: number;
  tiles: TileStats[];
}

/** A camera whose tile is not decoded in full, and why. */
export type Governed = Omit<GovernedTileVm, 'tile'> & { camera: string };

/** A tile's picture, for measuring. */
export interface TilePixels {
  width: number;
  height: number;
  luma: number[];
  painted_at_ms: number;
}

/** A picture that stands still, as a JPEG. */
export interface FrozenPicture {
  jpeg: Blob;
  /** Since when, in milliseconds since 1970. */
  sinceMs: number;
}

/** From the worker to the page. */
export type FromWorker =
  | { type: 'endpoint_wanted' }
  | { type: 'stats'; stats: LiveStats }
  | { type: 'error'; error: UserError }
  | { type: 'shown'; camera: string; role: string }
  | { type: 'frozen'; since: Record<string, number> }
  | { type: 'taken'; id: number; picture: FrozenPicture | null }
  | { type: 'sound'; camera: string; block: SoundBlock }
  /** How a camera's sound stands from now on; `detail` is a codec's name or the engine's note. */
  | { type: 'sound_state'; camera: string; state: 'playing' | 'absent' | 'unplayable'; detail: string | null }
  /** All there are in the current grid. */
  | { type: 'governed'; tiles: Governed[] }
  | { type: 'pixels'; id: number; pixels: TilePixels | null };
