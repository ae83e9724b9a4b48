/**
 * Owns the live socket and the one canvas of the grid, in a worker of its own: no picture passes the page's thread.
 *
 * Two ways lead to the canvas, the server chooses (contract, "Live socket"): `webview`, where each tile's coded
 * pictures are decoded here, and `native`, where one composed picture of the whole grid arrives ready to draw.
 * It paints at most once an animation tick and only what changed. A tile keeps its camera's last picture until the
 * first one of a new grid is there, so that changing the layout or the stream never shows black.
 */
import type { GovernedTileVm } from '../gen/GovernedTileVm';
import type { LiveReply } from '../gen/LiveReply';
import type { LiveRequest } from '../gen/LiveRequest';
import { Ears } from './audio';
import { fit, type Rect } from './fit';
import { type Frozen, FrozenPictures, viewIn } from './freeze';
import type {
  FromWorker,
  FrozenPicture,
  LiveStats,
  TileFacts,
  TilePixels,
  TileRequest,
  TileStats,
  ToWorker,
} from './messages';
import { type ComposedMessage, i420ToRgba, parseMessage } from './protocol';
import { decodesH264 } from './selftest';
import { Signatures, TURN_MS, TURNS } from './signatures';
import { percentile } from './stats';
import { type Picture, TileDecoder } from './tile';
import { inUnits, isWhole, type View, WHOLE } from './view';

/** The worker's global object, as far as it is used; the compiler is told of the page's. */
interface WorkerScope {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  requestAnimationFrame?: (callback: () => void) => number;
}
const scope = self as unknown as WorkerScope;
const post = (message: FromWorker) => scope.postMessage(message);

const STATS_EVERY_MS = 500;
const RATE_WINDOW_MS = 2000;
/** The same of a tile that shows a picture every few seconds only. */
const SPARSE_WINDOW_MS = 10_000;
const LATENCIES_KEPT = 120;
const RECONNECT_MS = [250, 500, 1000, 2000, 4000];
/** After asking for another path, give the server this long before asking again. */
const STALL_PAUSE_MS = 10_000;
/**
 * Without a graphics processor painting costs most, so a grid is painted as often as its fastest stream changes: a
 * little more often, that no picture of it is passed over, and within these bounds.
 */
const SOFTWARE_PAINT_MS = { shortest: 30, longest: 90, share: 0.9 };

interface Tile {
  request: TileRequest;
  decoder: TileDecoder;
  /** This camera's last picture from the grid before. */
  held: OffscreenCanvas | null;
  /** The picture drawn last (webview path), for when only what is shown of it changes. */
  last: Picture | null;
  /** Where its picture lies; null before the first picture. */
  picture: Rect | null;
  shown: boolean;
  facts: TileFacts;
  /** Must be drawn again although no new picture came. */
  dirty: boolean;
  offered: number;
  painted: number;
  paintedAtMs: number;
  /** When it was asked for, by the clock that only runs forward. */
  askedMs: number;
  firstMs: number | null;
  /** Painted when the server was last told what it looks like. */
  read: number;
  /** Whether it could be read a turn ago: what was painted then still may be a part of the picture, or grey. */
  readable: boolean;
  latencies: number[];
  paints: number[];
  /** How many pictures had come in at the last times figures were asked for. */
  came: { atMs: number; offered: number }[];
}

let canvas: OffscreenCanvas | null = null;
let ctx: OffscreenCanvasRenderingContext2D | null = null;
let background = '#0b0c0e';
let tiles: Tile[] = [];
let gridSize = { width: 0, height: 0 };
let wanted: Extract<ToWorker, { type: 'grid' }> | null = null;

let socket: WebSocket | null = null;
let sentGrids = 0;
let attempt = 0;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let path: string | null = null;
let reason: string | null = null;
let ability = { decodes_h264: false, has_gpu: false };
let gpu = '';
let stalledAt = 0;

/** The grid's last pictures while one camera fills it: out of full screen it comes back without a black moment. */
let left = new Map<string, OffscreenCanvas>();
/** Tiles of the current grid of which the server sends single key pictures only, to spare the computer. */
let sparse = new Set<number>();
/** Nobody can see the window: nothing comes, is decoded or painted. */
let hidden = false;
/** The camera that the user is at. */
let focused: string | null = null;
/** Pictures that the server was told decoding was too far behind for. */
let behindTold = 0;

/** By camera, where not the whole picture is shown. */
const views = new Map<string, View>();
const frozen = new FrozenPictures();

const ears = new Ears((message, transfer) => scope.postMessage(message, transfer));

let composed: { message: ComposedMessage; arrivedMs: number } | null = null;
/** The last composed picture, which lies under the pictures that stand still. */
let underneath: ComposedMessage | null = null;
let tickAsked = false;
let lastPaint = 0;
let paints = 0;
let clearAll = false;
let signatures: Signatures | null = null;
let turn = 0;

// ------------------------------------------------------------------------------------------------ socket

function send(request: LiveRequest): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
}

function sendGrid(): void {
  if (!wanted || socket?.readyState !== WebSocket.OPEN) return;
  sentGrids += 1;
  send({
    type: 'grid',
    width: wanted.width,
    height: wanted.height,
    tiles: wanted.tiles.map(({ camera, role, x, y, width, height }) => ({
      camera,
      role,
      x,
      y,
      width,
      height,
    })),
  });
  sendViews();
  sendFocus();
  ears.close();
  if (ears.wanted.length > 0) sendListen();
}

function sendListen(): void {
  send({ type: 'listen', tiles: ears.tiles(tiles.map((tile) => tile.request.camera)) });
}

function sendFocus(): void {
  const tile = wanted?.tiles.findIndex(({ camera }) => camera === focused) ?? -1;
  send({ type: 'focus', tile: tile < 0 ? null : tile });
}

function sendViews(): void {
  for (const [i, { camera }] of (wanted?.tiles ?? []).entries()) {
    const view = views.get(camera);
    if (view) sendView(i, view);
  }
}

/** The native path crops before it scales; here the picture is cropped when it is drawn. */
function sendView(tile: number, view: View): void {
  send({ type: 'view', tile, ...inUnits(view) });
}

function setView(camera: string, view: View): void {
  if (isWhole(view)) views.delete(camera);
  else views.set(camera, view);
  for (const [i, tile] of tiles.entries()) {
    if (tile.request.camera !== camera) continue;
    sendView(i, view);
    // Seen at once, also on a stream that gives a picture every few seconds.
    if (tile.last || frozen.get(camera)) redraw(tile);
  }
}

function connect(url: string, token: string): void {
  socket?.close();
  const mine = new WebSocket(url);
  socket = mine;
  mine.binaryType = 'arraybuffer';
  mine.onopen = () => {
    sentGrids = 0;
    // The server starts in full.
    govern([]);
    send({ type: 'hello', token, ...ability });
    // Before the grid: a window that is opened out of sight asks for no stream.
    if (hidden) send({ type: 'hidden', hidden });
    sendGrid();
  };
  mine.onmessage = ({ data }) => {
    if (socket !== mine) return;
    attempt = 0;
    if (typeof data === 'string') onReply(JSON.parse(data) as LiveReply);
    else onBinary(data as ArrayBuffer);
  };
  mine.onclose = () => {
    if (socket === mine) reconnect();
  };
}

function reconnect(): void {
  socket = null;
  path = null;
  reason = null;
  clearTimeout(retryTimer);
  const pause = RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)];
  attempt += 1;
  retryTimer = setTimeout(() => post({ type: 'endpoint_wanted' }), pause);
}

function onReply(reply: LiveReply): void {
  if (reply.type === 'path') {
    if (path !== null && path !== reply.path) {
      // The other way starts with its own pictures; the ones shown stay until then.
      holdPictures();
      rebuild();
    }
    path = reply.path;
    reason = reply.reason;
    sendViews();
  } else if (reply.type === 'format') {
    if (reply.grid === sentGrids) tiles[reply.tile]?.decoder.configure(reply);
  } else if (reply.type === 'audio_format' || reply.type === 'no_audio') {
    const camera = tiles[reply.tile]?.request.camera;
    if (reply.grid === sentGrids && camera) ears.told(camera, reply);
  } else if (reply.type === 'governor') {
    if (reply.grid === sentGrids) govern(reply.tiles);
  } else if (reply.type === 'error') {
    post({ type: 'error', error: reply.error });
  }
}

function onBinary(buffer: ArrayBuffer): void {
  const message = parseMessage(buffer);
  if (!message || message.grid !== sentGrids || hidden) return;
  if (message.kind === 'unit') {
    tiles[message.tile]?.decoder.feed(message, performance.now());
    return;
  }
  if (message.kind === 'audio') {
    ears.feed(message, performance.now());
    return;
  }
  if (message.width !== gridSize.width || message.height !== gridSize.height) return;
  if (composed) {
    // Not drawn in time: its pictures count with the next one's.
    for (const [i, tile] of composed.message.tiles.entries()) {
      const next = message.tiles[i];
      if (next) next.decoded += tile.decoded;
    }
  }
  composed = { message, arrivedMs: Date.now() };
  ask();
}

/** Which tiles are not decoded in full from now on. */
function govern(governed: GovernedTileVm[]): void {
  sparse = new Set(governed.map(({ tile }) => tile));
  post({
    type: 'governed',
    tiles: governed.flatMap(({ tile, ...ruling }) => {
      const camera = tiles[tile]?.request.camera;
      return camera ? [{ camera, ...ruling }] : [];
    }),
  });
}

function setHidden(now: boolean): void {
  if (hidden === now) return;
  hidden = now;
  send({ type: 'hidden', hidden });
  if (hidden) {
    composed = null;
    for (const tile of tiles) tile.decoder.rest();
  } else {
    // The canvas kept its pictures; what else changed meanwhile is drawn.
    ask();
  }
}

// ------------------------------------------------------------------------------------------------ grid

/** Copies what each tile shows, for its camera's place in the next grid. */
function holdPictures(): void {
  for (const tile of tiles) if (tile.shown) tile.held = cut(tile) ?? tile.held;
}

/** A copy of a tile's picture as it stands on the canvas. */
function cut({ picture: from }: Tile): OffscreenCanvas | null {
  if (!canvas || !from) return null;
  const copy = new OffscreenCanvas(from.width, from.height);
  copy
    .getContext('2d', { alpha: false })
    ?.drawImage(canvas, from.x, from.y, from.width, from.height, 0, 0, from.width, from.height);
  return copy;
}

function makeTile(request: TileRequest, held: OffscreenCanvas | null): Tile {
  return {
    request,
    decoder: new TileDecoder(ask),
    held,
    last: null,
    picture: held ? fit(held.width, held.height, request) : null,
    shown: false,
    facts: request.facts,
    dirty: true,
    offered: 0,
    painted: 0,
    paintedAtMs: 0,
    askedMs: performance.now(),
    firstMs: null,
    read: 0,
    readable: false,
    latencies: [],
    paints: [],
    came: [],
  };
}

function rebuild(): void {
  if (!wanted) return;
  const held = new Map(left);
  for (const tile of tiles) {
    if (tile.held) held.set(tile.request.camera, tile.held);
    tile.decoder.close();
    tile.last?.image.close();
  }
  composed = null;
  underneath = null;
  tiles = wanted.tiles.map((request) => makeTile(request, held.get(request.camera) ?? null));
  if (tiles.length !== 1) left = new Map();
  else if (left.size === 0) left = held;
  clearAll = true;
  ask();
}

function setGrid(grid: Extract<ToWorker, { type: 'grid' }>): void {
  holdPictures();
  wanted = grid;
  gridSize = { width: grid.width, height: grid.height };
  sparse = new Set();
  rebuild();
  sendGrid();
  // Nobody looks any more: what is seen next is live.
  if (grid.tiles.length === 0) {
    frozen.clear();
    tellFrozen();
  }
}

// ------------------------------------------------------------------------------------------------ standing still

function freeze(cameras: string[], on: boolean): void {
  for (const camera of cameras) {
    const tile = tiles.find(({ request }) => request.camera === camera);
    if (on) frozen.add(camera, tile ? copyOf(tile) : null, Date.now());
    else if (frozen.remove(camera) && tile) goOn(tile);
    if (tile) tile.latencies = [];
  }
  tellFrozen();
}

const tellFrozen = () => post({ type: 'frozen', since: frozen.since() });

/** What a tile shows: the picture in its own size where it was decoded here, else as it stands on the canvas. */
function copyOf(tile: Tile): Omit<Frozen, 'sinceMs'> | null {
  if (tile.last) {
    const { image, width, height } = tile.last;
    const copy = new OffscreenCanvas(width, height);
    copy.getContext('2d', { alpha: false })?.drawImage(image, 0, 0, width, height);
    return { image: copy, of: WHOLE };
  }
  const image = tile.shown ? cut(tile) : null;
  return image && { image, of: views.get(tile.request.camera) ?? WHOLE };
}

/** Shows again what comes in, beginning with what is there. */
function goOn(tile: Tile): void {
  if (!tile.last && underneath && !composed) {
    const nothingNew = underneath.tiles.map((told) => ({ ...told, decoded: 0 }));
    composed = { message: { ...underneath, tiles: nothingNew }, arrivedMs: Date.now() };
  }
  redraw(tile);
}

function redraw(tile: Tile): void {
  tile.dirty = true;
  ask();
}

async function take(camera: string): Promise<FrozenPicture | null> {
  const picture = frozen.get(camera);
  if (!picture) return null;
  const jpeg = await picture.image.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
  return { jpeg, sinceMs: picture.sinceMs };
}

// ------------------------------------------------------------------------------------------------ painting

function ask(): void {
  if (tickAsked || hidden) return;
  tickAsked = true;
  const single = tiles.length <= 1;
  const wait = ability.has_gpu || single ? 0 : paintEvery() - (performance.now() - lastPaint);
  if (wait > 4) setTimeout(tick, wait);
  else if (typeof scope.requestAnimationFrame === 'function') scope.requestAnimationFrame(tick);
  else setTimeout(tick, 16);
}

function paintEvery(): number {
  const { shortest, longest, share } = SOFTWARE_PAINT_MS;
  // A composed picture comes at the server's pace, which is the fastest stream's already.
  if (path !== 'webview') return shortest;
  const fastest = Math.min(...tiles.map((tile) => tile.decoder.intervalMs));
  return Math.min(longest, Math.max(shortest, fastest * share));
}

function tick(): void {
  tickAsked = false;
  lastPaint = performance.now();
  if (!canvas || !ctx || hidden) return;
  if (canvas.width !== gridSize.width || canvas.height !== gridSize.height) {
    canvas.width = Math.max(2, gridSize.width);
    canvas.height = Math.max(2, gridSize.height);
    clearAll = true;
  }
  if (clearAll) {
    ctx.fillStyle = background;
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    for (const tile of tiles) tile.dirty = true;
    clearAll = false;
  }
  if (composed) paintComposed(ctx);
  for (const tile of tiles) paintTile(ctx, tile);
  paints += 1;
}

function paintComposed(to: OffscreenCanvasRenderingContext2D): void {
  if (!composed) return;
  const { message, arrivedMs } = composed;
  composed = null;
  underneath = message;
  drawI420(to, message);
  const now = Date.now();
  for (const [i, tile] of tiles.entries()) {
    const told = message.tiles[i];
    if (!told) continue;
    if (told.decoded > 0) {
      tile.offered += told.decoded;
      tile.decoder.skipped += told.decoded - 1;
      painted(tile, now, told.latencyMs + (now - arrivedMs));
      const { pictureWidth, pictureHeight } = tile.facts;
      tile.picture =
        pictureWidth > 0 ? fit(pictureWidth, pictureHeight, tile.request) : { ...rectOf(tile.request) };
    }
    // The picture of the whole grid went over what this tile still has to show.
    tile.dirty =
      tile.facts.stale ||
      (!tile.shown && tile.held !== null) ||
      frozen.get(tile.request.camera) !== undefined;
  }
}

function drawI420(to: OffscreenCanvasRenderingContext2D, message: ComposedMessage): void {
  if (typeof VideoFrame !== 'undefined') {
    try {
      const space = message.bt709 ? 'bt709' : 'smpte170m';
      const frame = new VideoFrame(message.planes, {
        format: 'I420',
        codedWidth: message.width,
        codedHeight: message.height,
        timestamp: 0,
        colorSpace: {
          primaries: space,
          transfer: space,
          matrix: space,
          fullRange: message.fullRange,
        },
      });
      to.drawImage(frame, 0, 0);
      frame.close();
      return;
    } catch {
      // A webview whose VideoFrame takes no I420: converted below.
    }
  }
  to.putImageData(new ImageData(i420ToRgba(message), message.width, message.height), 0, 0);
}

const rectOf = ({ x, y, width, height }: Rect): Rect => ({ x, y, width, height });

/** A picture is there, and on the screen unless one stands still over it. */
function painted(tile: Tile, nowMs: number, latencyMs: number): void {
  if (!frozen.get(tile.request.camera)) {
    tile.painted += 1;
    tile.paintedAtMs = nowMs;
    tile.paints.push(nowMs);
    tile.latencies.push(Math.max(0, latencyMs));
    if (tile.latencies.length > LATENCIES_KEPT) tile.latencies.shift();
  }
  if (!tile.shown) {
    tile.shown = true;
    tile.firstMs = performance.now() - tile.askedMs;
    tile.held = null;
    post({ type: 'shown', camera: tile.request.camera, role: tile.request.role });
  }
}

function paintTile(to: OffscreenCanvasRenderingContext2D, tile: Tile): void {
  const fresh = tile.decoder.take();
  if (fresh) {
    if (tile.decoder.more) ask();
    tile.last?.image.close();
    tile.last = fresh;
  }
  const still = frozen.get(tile.request.camera);
  if (still) {
    if (tile.dirty) drawStill(to, tile, still);
  } else if (tile.last && (fresh || tile.dirty)) {
    const at = fit(tile.last.width, tile.last.height, tile.request);
    const before = tile.picture;
    if (before && (before.width !== at.width || before.height !== at.height)) blank(to, tile.request);
    drawPart(to, tile.last.image, views.get(tile.request.camera) ?? WHOLE, at);
    tile.picture = at;
    if (tile.facts.stale) grey(to, tile.request);
  } else if (tile.dirty) {
    if (tile.held && !tile.shown) {
      blank(to, tile.request);
      const at = fit(tile.held.width, tile.held.height, tile.request);
      to.drawImage(tile.held, at.x, at.y, at.width, at.height);
      tile.picture = at;
    } else if (!tile.shown) {
      blank(to, tile.request);
    }
    if (tile.facts.stale) grey(to, tile.request);
  }
  if (fresh) {
    const now = Date.now();
    painted(tile, now, now - fresh.receivedMs);
  }
  tile.dirty = false;
}

function drawStill(to: OffscreenCanvasRenderingContext2D, tile: Tile, { image, of }: Frozen): void {
  const at = fit(image.width, image.height, tile.request);
  blank(to, tile.request);
  drawPart(to, image, viewIn(of, views.get(tile.request.camera) ?? WHOLE), at);
  tile.picture = at;
}

/**
 * Draws a part of a picture. The whole is drawn as large as it must be and cut off: WebKit does not heed the source
 * rectangle of a VideoFrame.
 */
function drawPart(
  to: OffscreenCanvasRenderingContext2D,
  image: VideoFrame | ImageBitmap | OffscreenCanvas,
  view: View,
  { x, y, width, height }: Rect,
): void {
  if (view.size === 1 && view.x === 0 && view.y === 0) {
    to.drawImage(image, x, y, width, height);
    return;
  }
  const [w, h] = [width / view.size, height / view.size];
  to.save();
  to.beginPath();
  to.rect(x, y, width, height);
  to.clip();
  to.drawImage(image, x - view.x * w, y - view.y * h, w, h);
  to.restore();
}

function blank(to: OffscreenCanvasRenderingContext2D, { x, y, width, height }: Rect): void {
  to.fillStyle = background;
  to.fillRect(x, y, width, height);
}

/** Takes the colour and most of the light out of a tile: the picture is old. */
function grey(to: OffscreenCanvasRenderingContext2D, { x, y, width, height }: Rect): void {
  to.save();
  to.globalCompositeOperation = 'saturation';
  to.fillStyle = '#808080';
  to.fillRect(x, y, width, height);
  to.restore();
  to.fillStyle = 'rgb(10 11 13 / 62%)';
  to.fillRect(x, y, width, height);
}

function setFacts(facts: TileFacts[]): void {
  for (const [i, tile] of tiles.entries()) {
    const next = facts[i];
    if (!next) continue;
    // Greyed once, on the transition; a new picture draws itself over it in colour.
    const still = frozen.get(tile.request.camera);
    if (next.stale && !tile.facts.stale && !still && canvas && ctx) grey(ctx, tile.request);
    tile.facts = next;
  }
}

// ------------------------------------------------------------------------------------------------ figures

function stats(): LiveStats {
  const now = Date.now();
  return {
    connected: socket?.readyState === WebSocket.OPEN,
    path,
    reason,
    decodesH264: ability.decodes_h264,
    hasGpu: ability.has_gpu,
    gpu,
    paints,
    grid: sentGrids,
    tiles: tiles.map((tile, i): TileStats => {
      const window = sparse.has(i) ? SPARSE_WINDOW_MS : RATE_WINDOW_MS;
      while ((tile.paints[0] ?? now) < now - window) tile.paints.shift();
      return {
        camera: tile.request.camera,
        role: tile.request.role,
        offered: tile.offered + tile.decoder.offered,
        offeredFps: offeredFps(tile),
        painted: tile.painted,
        paintedFps: (tile.paints.length * 1000) / window,
        skipped: tile.decoder.skipped,
        latencyP50Ms: percentile(tile.latencies, 0.5),
        latencyP95Ms: percentile(tile.latencies, 0.95),
        firstMs: tile.firstMs,
        shown: tile.shown,
        picture: tile.picture,
      };
    }),
  };
}

function offeredFps(tile: Tile): number | null {
  const now = { atMs: Date.now(), offered: tile.offered + tile.decoder.offered };
  const before = tile.came[0];
  tile.came.push(now);
  if (tile.came.length > RATE_WINDOW_MS / STATS_EVERY_MS) tile.came.shift();
  return before && now.atMs > before.atMs
    ? ((now.offered - before.offered) * 1000) / (now.atMs - before.atMs)
    : null;
}

function watch(): void {
  if (hidden) return;
  post({ type: 'stats', stats: stats() });
  if (path !== 'webview') return;
  const behind = tiles.reduce((sum, tile) => sum + tile.decoder.behind, 0);
  // Each grid counts anew.
  if (behind > behindTold) send({ type: 'behind', pictures: behind - behindTold });
  behindTold = behind;
  const now = performance.now();
  if (now - stalledAt < STALL_PAUSE_MS && stalledAt !== 0) return;
  if (tiles.some((tile) => tile.decoder.stalled(now) || tile.decoder.failures >= 3)) {
    stalledAt = now;
    for (const tile of tiles) {
      tile.decoder.forgive();
      tile.decoder.failures = 0;
    }
    send({ type: 'stalled' });
  }
}

/** Tells the server what the tiles of this turn look like, where the whole picture is shown as it is. */
function tellSignatures(): void {
  turn = (turn + 1) % TURNS;
  if (!canvas || !signatures || socket?.readyState !== WebSocket.OPEN) return;
  for (let i = turn; i < tiles.length; i += TURNS) {
    const tile = tiles[i];
    if (!tile) continue;
    const before = tile.readable;
    tile.readable = tile.shown && !tile.facts.stale && !views.has(tile.request.camera);
    const pictures = tile.painted - tile.read;
    tile.read = tile.painted;
    if (before && tile.readable && tile.picture && pictures > 0) {
      signatures.add(canvas, tile.picture, i, pictures);
    }
  }
  const message = signatures.take(sentGrids);
  if (message) socket.send(message);
}

function readPixels(index: number): TilePixels | null {
  const tile = tiles[index];
  if (!canvas || !ctx || !tile?.picture || !tile.shown) return null;
  const { x, y, width, height } = tile.picture;
  const { data } = ctx.getImageData(x, y, width, height);
  const luma = new Array<number>(width * height);
  for (let i = 0; i < luma.length; i += 1) {
    const o = i * 4;
    luma[i] = ((data[o] ?? 0) * 77 + (data[o + 1] ?? 0) * 150 + (data[o + 2] ?? 0) * 29) >> 8;
  }
  return { width, height, luma, painted_at_ms: tile.paintedAtMs };
}

// ------------------------------------------------------------------------------------------------ page

async function start(message: Extract<ToWorker, { type: 'start' }>): Promise<void> {
  canvas = message.canvas;
  background = message.background;
  ctx = canvas.getContext('2d', { alpha: false, desynchronized: true });
  gpu = message.gpu;
  ability = { decodes_h264: await decodesH264(), has_gpu: message.hasGpu };
  signatures = new Signatures();
  setInterval(watch, STATS_EVERY_MS);
  setInterval(tellSignatures, TURN_MS);
  post({ type: 'endpoint_wanted' });
}

scope.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case 'start':
      void start(data);
      break;
    case 'endpoint':
      connect(data.url, data.token);
      break;
    case 'endpoint_failed':
      reconnect();
      break;
    case 'grid':
      setGrid(data);
      break;
    case 'view':
      setView(data.camera, data.view);
      break;
    case 'freeze':
      freeze(data.cameras, data.on);
      break;
    case 'take':
      void take(data.camera)
        .catch(() => null)
        .then((picture) => post({ type: 'taken', id: data.id, picture }));
      break;
    case 'listen':
      ears.want(data.cameras);
      sendListen();
      break;
    case 'focus':
      focused = data.camera;
      sendFocus();
      break;
    case 'hidden':
      setHidden(data.hidden);
      break;
    case 'facts':
      setFacts(data.tiles);
      break;
    case 'background':
      background = data.colour;
      clearAll = true;
      ask();
      break;
    case 'restart':
      attempt = 0;
      if (socket) socket.close();
      else reconnect();
      break;
    case 'read':
      post({ type: 'pixels', id: data.id, pixels: readPixels(data.tile) });
      break;
  }
};
