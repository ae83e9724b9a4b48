/**
 * Owns the page's side of the live view: the one worker, the one canvas element, and the newest figures.
 * The canvas lives outside React and is hung into whichever element shows it, because a canvas can be handed to a
 * worker only once.
 */
import { create } from 'zustand';
import { toUserError } from '../errors';
import type { UserError } from '../gen/UserError';
import { liveEndpoint } from '../ipc';
import { hasGpu, probeGraphics } from './graphics';
import type {
  FromWorker,
  FrozenPicture,
  Governed,
  LiveStats,
  TileFacts,
  TilePixels,
  TileRequest,
  ToWorker,
} from './messages';
import { playSound, tellSound, useSound } from './speaker';
import type { View } from './view';

export interface LiveState {
  stats: LiveStats | null;
  error: UserError | null;
  /** What is shown of each camera's picture, where it is not the whole. */
  views: Record<string, View>;
  /** Cameras whose pictures a person lets stand still, and since when, in milliseconds since 1970. */
  frozen: Record<string, number>;
  /** `camera/role` of tiles whose first picture is there. */
  shown: ReadonlySet<string>;
  /** By camera, the tiles that are not decoded in full. */
  governed: Record<string, Governed>;
}

/** The newest figures of the worker. */
export const useLive = create<LiveState>(() => ({
  stats: null,
  error: null,
  views: {},
  frozen: {},
  shown: new Set(),
  governed: {},
}));

let worker: Worker | null = null;
let element: HTMLCanvasElement | null = null;
let focused: string | null = null;
let nextRead = 1;
const reads = new Map<number, (pixels: TilePixels | null) => void>();
const takes = new Map<number, (picture: FrozenPicture | null) => void>();

const post = (message: ToWorker, transfer: Transferable[] = []) => worker?.postMessage(message, transfer);

/** The canvas of the grid; starts the worker at the first call. */
export function liveCanvas(background: string): HTMLCanvasElement {
  if (element) {
    post({ type: 'background', colour: background });
    return element;
  }
  element = document.createElement('canvas');
  element.setAttribute('aria-hidden', 'true');
  const canvas = element.transferControlToOffscreen();
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'live' });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => onWorker(data);
  worker.onerror = (event) => {
    useLive.setState({ error: toUserError(new Error(event.message || 'the live worker failed')) });
  };
  useSound.subscribe(({ listening }, before) => {
    if (listening !== before.listening) post({ type: 'listen', cameras: listening });
  });
  const graphics = probeGraphics();
  const gpu =
    graphics.drawMs === null ? graphics.renderer : `${graphics.renderer} (${graphics.drawMs.toFixed(0)} ms)`;
  post({ type: 'start', canvas, background, hasGpu: hasGpu(graphics), gpu }, [canvas]);
  const tellHidden = () => post({ type: 'hidden', hidden: document.hidden });
  document.addEventListener('visibilitychange', tellHidden);
  tellHidden();
  setFocus(focused);
  return element;
}

/** Shows these tiles. */
export function setGrid(width: number, height: number, tiles: TileRequest[]): void {
  useLive.setState({ shown: new Set(), governed: {} });
  post({ type: 'grid', width, height, tiles });
}

/** The user is at this camera's tile: it is the last that is decoded less. */
export function setFocus(camera: string | null): void {
  focused = camera;
  post({ type: 'focus', camera });
}

/** Says what the engine's figures tell about the tiles of the current grid. */
export function setFacts(tiles: TileFacts[]): void {
  post({ type: 'facts', tiles });
}

/** Shows this part of a camera's picture, in this grid and in those to come. */
export function setView(camera: string, view: View): void {
  useLive.setState(({ views }) => ({ views: { ...views, [camera]: view } }));
  post({ type: 'view', camera, view });
}

/** Lets these cameras' pictures stand still, or go on. */
export function freeze(cameras: string[], on: boolean): void {
  post({ type: 'freeze', cameras, on });
}

/** The picture of a camera that stands still; null where none does. */
export function takeFrozen(camera: string): Promise<FrozenPicture | null> {
  return ask(takes, (id) => ({ type: 'take', id, camera }));
}

/** Connects anew, so that the server chooses the path again. */
export function restartLive(): void {
  post({ type: 'restart' });
}

/** The luma of a tile's picture as it stands on the canvas; for measuring. */
export function readTile(tile: number): Promise<TilePixels | null> {
  return ask(reads, (id) => ({ type: 'read', id, tile }));
}

/** Asks the worker; null where there is none. */
function ask<T>(
  waiting: Map<number, (answer: T | null) => void>,
  question: (id: number) => ToWorker,
): Promise<T | null> {
  return new Promise((resolve) => {
    if (!worker) {
      resolve(null);
      return;
    }
    const id = nextRead;
    nextRead += 1;
    waiting.set(id, resolve);
    post(question(id));
  });
}

function onWorker(message: FromWorker): void {
  switch (message.type) {
    case 'endpoint_wanted':
      liveEndpoint()
        .then(({ url, token }) => post({ type: 'endpoint', url, token }))
        .catch((error) => {
          useLive.setState({ error: toUserError(error) });
          post({ type: 'endpoint_failed' });
        });
      break;
    case 'stats':
      useLive.setState(
        message.stats.connected ? { stats: message.stats, error: null } : { stats: message.stats },
      );
      break;
    case 'error':
      useLive.setState({ error: message.error });
      break;
    case 'shown':
      useLive.setState(({ shown }) => ({ shown: new Set(shown).add(`${message.camera}/${message.role}`) }));
      break;
    case 'frozen':
      useLive.setState({ frozen: message.since });
      break;
    case 'taken':
      takes.get(message.id)?.(message.picture);
      takes.delete(message.id);
      break;
    case 'sound': {
      const tiles = useLive.getState().stats?.tiles;
      const picture = tiles?.find((tile) => tile.camera === message.camera)?.latencyP50Ms;
      playSound(message.camera, message.block, picture ?? 0);
      break;
    }
    case 'sound_state':
      tellSound(message.camera, message.state, message.detail);
      break;
    case 'governed':
      useLive.setState({ governed: Object.fromEntries(message.tiles.map((tile) => [tile.camera, tile])) });
      break;
    case 'pixels':
      reads.get(message.id)?.(message.pixels);
      reads.delete(message.id);
      break;
  }
}
