/**
 * Owns the development server's pretended media: a live socket that speaks the contract (both paths) and a recorded
 * file in fragments, made of pictures that ffmpeg draws. Only `npm run dev` (mode `mock`) loads it.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Plugin } from 'vite';

const DIR = join(tmpdir(), 'atalaya-mock');
/** Plain scenes: a sky, a ground, a building, and something that moves. */
const scene = (sky: string, ground: string, wall: string, thing: string, speed: number) => {
  const box = (x: number, y: number, w: number, h: number, colour: string) =>
    `drawbox=iw*${x}:ih*${y}:iw*${w}:ih*${h}:${colour}:fill`;
  const still = [
    box(0, 0.62, 1, 0.38, ground),
    box(0.08, 0.22, 0.34, 0.42, wall),
    box(0.14, 0.3, 0.06, 0.1, sky),
    box(0.28, 0.3, 0.06, 0.1, sky),
    box(0.2, 0.46, 0.08, 0.18, ground),
  ].join(',');
  return `color=c=${sky}:s=SIZE:r=15,${still}[bg];color=c=${thing}:s=90x54:r=15[t];[bg][t]overlay=x='mod(t*${speed},W)':y=H*0.74,noise=alls=5:allf=t`;
};
const SOURCES = [
  scene('0x6d8299', '0x4a4f49', '0x8a8378', '0xb04a3a', 90),
  scene('0x27313d', '0x1f2428', '0x3a4048', '0xd8c27a', 60),
  scene('0x9aa7ad', '0x6b6a5e', '0x5c6770', '0x2d3f63', 120),
  scene('0x3d3a36', '0x55504a', '0x7a7468', '0xa8b0a0', 45),
];
const SECONDS = 8;

interface Clip {
  codec: string;
  description: string;
  width: number;
  height: number;
  units: { key: boolean; payload: Buffer }[];
}

function ffmpeg(args: string[], out: string): Buffer {
  if (!existsSync(out)) execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, out]);
  return readFileSync(out);
}

function nals(annexB: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let start = -1;
  for (let i = 0; i + 3 <= annexB.length; i += 1) {
    if (annexB[i] !== 0 || annexB[i + 1] !== 0 || annexB[i + 2] !== 1) continue;
    if (start >= 0) found.push(annexB.subarray(start, annexB[i - 1] === 0 ? i - 1 : i));
    start = i + 3;
    i += 2;
  }
  if (start >= 0) found.push(annexB.subarray(start));
  return found;
}

const typeOf = (nal: Buffer) => (nal[0] ?? 0) & 31;

function clip(index: number, role: string): Clip {
  const [width, height] = role === 'main' ? [1280, 720] : [640, 360];
  const size = `${width}x${height}`;
  const source = (SOURCES[index % SOURCES.length] ?? '').replace('SIZE', size);
  const annexB = ffmpeg(
    [
      '-f',
      'lavfi',
      '-i',
      source,
      '-t',
      `${SECONDS}`,
      '-c:v',
      'libx264',
      '-profile:v',
      'high',
      '-preset',
      'veryfast',
      '-pix_fmt',
      'yuv420p',
      '-g',
      '30',
      '-bf',
      '0',
      '-crf',
      '28',
      '-x264-params',
      'aud=0:slices=1',
    ],
    join(DIR, `${index % SOURCES.length}-${size}.h264`),
  );
  const all = nals(annexB);
  const sps = all.find((nal) => typeOf(nal) === 7) ?? Buffer.alloc(4);
  const pps = all.find((nal) => typeOf(nal) === 8) ?? Buffer.alloc(0);
  const two = (n: number) => Buffer.from([n >> 8, n & 255]);
  const avcc = Buffer.concat([
    Buffer.from([1, sps[1] ?? 0, sps[2] ?? 0, sps[3] ?? 0, 0xff, 0xe1]),
    two(sps.length),
    sps,
    Buffer.from([1]),
    two(pps.length),
    pps,
  ]);
  const units = all
    .filter((nal) => typeOf(nal) === 1 || typeOf(nal) === 5)
    .map((nal) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(nal.length);
      return { key: typeOf(nal) === 5, payload: Buffer.concat([length, nal]) };
    });
  const codec = `avc1.${sps.subarray(1, 4).toString('hex').toUpperCase()}`;
  return { codec, description: avcc.toString('base64'), width, height, units };
}

interface Grid {
  width: number;
  height: number;
  tiles: { camera: string; role: string; x: number; y: number; width: number; height: number }[];
}

function frame(payload: Buffer, binary: boolean): Buffer {
  const head = payload.length < 126 ? 2 : payload.length < 65536 ? 4 : 10;
  const out = Buffer.alloc(head + payload.length);
  out[0] = binary ? 0x82 : 0x81;
  if (head === 2) out[1] = payload.length;
  else if (head === 4) {
    out[1] = 126;
    out.writeUInt16BE(payload.length, 2);
  } else {
    out[1] = 127;
    out.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  payload.copy(out, head);
  return out;
}

/** Serves one socket until it closes. `token` is the path to pretend. */
function serve(socket: Duplex): void {
  const clips = new Map<string, Clip>();
  let grid: Grid = { width: 0, height: 0, tiles: [] };
  let grids = 0;
  let path = 'webview';
  let tick = 0;
  let listening: number[] = [];
  const send = (value: object) => socket.write(frame(Buffer.from(JSON.stringify(value)), false));
  // Cameras are `…-N` in the pretended engine; those over 8 stay dark.
  const indexOf = (camera: string) => Number(camera.slice(-2));
  const clipOf = (camera: string, role: string) => {
    const key = `${indexOf(camera) % SOURCES.length}/${role}`;
    let found = clips.get(key);
    if (!found) {
      found = clip(indexOf(camera), role);
      clips.set(key, found);
    }
    return found;
  };
  const dark = (camera: string) => [5, 6, 7].includes(indexOf(camera));

  /** A 15th of a second of A-law: a tone of its own for each tile. */
  const sound = (tile: number) => {
    const head = Buffer.alloc(24);
    head[0] = 3;
    head.writeUInt16LE(tile, 2);
    head.writeUInt32LE(grids, 4);
    head.writeBigInt64LE(BigInt(tick) * 66_667n, 8);
    head.writeBigInt64LE(BigInt(Date.now() - 66) * 1000n, 16);
    // A square wave; 0x98 and 0x18 are 3776 and -3776 (G.711 table 1).
    const wave = Buffer.from(
      Array.from({ length: 533 }, (_, i) => (Math.floor((i * (tile + 3)) / 80) % 2 ? 0x98 : 0x18)),
    );
    return Buffer.concat([head, wave]);
  };

  const timer = setInterval(() => {
    tick += 1;
    for (const tile of listening) socket.write(frame(sound(tile), true));
    if (path === 'native') {
      if (grid.tiles.length > 0) socket.write(frame(composed(grid, grids, tick, dark), true));
      return;
    }
    for (const [i, tile] of grid.tiles.entries()) {
      if (dark(tile.camera)) continue;
      const { units } = clipOf(tile.camera, tile.role);
      const unit = units[tick % units.length];
      if (!unit) continue;
      const head = Buffer.alloc(24);
      head[0] = 1;
      head[1] = unit.key ? 1 : 0;
      head.writeUInt16LE(i, 2);
      head.writeUInt32LE(grids, 4);
      head.writeBigInt64LE(BigInt(tick) * 66_667n, 8);
      head.writeBigInt64LE(BigInt(Date.now()) * 1000n, 16);
      socket.write(frame(Buffer.concat([head, unit.payload]), true));
    }
  }, 1000 / 15);

  let pending = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    pending = Buffer.concat([pending, data]);
    for (;;) {
      if (pending.length < 6) return;
      let length = (pending[1] ?? 0) & 127;
      let at = 2;
      if (length === 126) {
        length = pending.readUInt16BE(2);
        at = 4;
      }
      if (pending.length < at + 4 + length) return;
      const mask = pending.subarray(at, at + 4);
      const body = Buffer.from(pending.subarray(at + 4, at + 4 + length));
      for (let i = 0; i < length; i += 1) body[i] = (body[i] ?? 0) ^ (mask[i % 4] ?? 0);
      const opcode = (pending[0] ?? 0) & 15;
      pending = pending.subarray(at + 4 + length);
      if (opcode === 8) {
        socket.end();
        return;
      }
      if (opcode !== 1) continue;
      const message = JSON.parse(body.toString());
      if (message.type === 'hello') {
        path = message.token === 'native' ? 'native' : 'webview';
        send({ type: 'path', path, reason: path === 'native' ? 'no_gpu' : 'capable' });
      } else if (message.type === 'listen') {
        listening = message.tiles;
        for (const tile of listening) {
          const told = { codec: 'alaw', sample_rate: 8000, channels: 1, description: '' };
          send({ type: 'audio_format', grid: grids, tile, ...told });
        }
      } else if (message.type === 'grid') {
        listening = [];
        grid = message;
        grids += 1;
        // As the engine does with a GOP cache: start at a key picture at once.
        tick = Math.floor(tick / 30) * 30 - 1;
        if (path === 'webview') {
          for (const [tile, { camera, role }] of grid.tiles.entries()) {
            const { codec, width, height, description } = clipOf(camera, role);
            send({
              type: 'format',
              grid: grids,
              tile,
              codec,
              width,
              height,
              coded_width: width,
              coded_height: height,
              description,
            });
          }
        }
      }
    }
  });
  const end = () => clearInterval(timer);
  socket.on('close', end);
  socket.on('error', end);
}

function composed(grid: Grid, grids: number, tick: number, dark: (camera: string) => boolean): Buffer {
  const { width, height, tiles } = grid;
  const chroma = (width / 2) * (height / 2);
  const head = Buffer.alloc(16 + 8 * tiles.length);
  head[0] = 2;
  head[1] = 2;
  head.writeUInt16LE(tiles.length, 2);
  head.writeUInt32LE(grids, 4);
  head.writeUInt32LE(width, 8);
  head.writeUInt32LE(height, 12);
  const planes = Buffer.alloc(width * height + 2 * chroma, 128);
  planes.fill(18, 0, width * height);
  for (const [i, tile] of tiles.entries()) {
    if (dark(tile.camera)) continue;
    head.writeUInt32LE(1, 16 + 8 * i);
    head.writeUInt32LE(12, 20 + 8 * i);
    const w = Math.min(tile.width, Math.floor((tile.height * 16) / 9)) & ~1;
    const h = Math.min(tile.height, Math.floor((tile.width * 9) / 16)) & ~1;
    const x0 = (tile.x + (tile.width - w) / 2) & ~1;
    const y0 = (tile.y + (tile.height - h) / 2) & ~1;
    for (let y = 0; y < h; y += 1) {
      for (let x = 0; x < w; x += 1) {
        planes[(y0 + y) * width + x0 + x] = 60 + (((x >> 2) + (y >> 1) + tick * 3 + i * 40) & 127);
      }
    }
    for (let y = y0 / 2; y < (y0 + h) / 2; y += 1) {
      planes.fill(
        110 + i * 6,
        width * height + (y * width) / 2 + x0 / 2,
        width * height + (y * width) / 2 + (x0 + w) / 2,
      );
    }
  }
  return Buffer.concat([head, planes]);
}

/** The recorded file: its start, and its fragments. */
function recorded(): { init: Buffer; fragments: Buffer[] } {
  const file = ffmpeg(
    [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=s=1280x720:r=25,hue=s=0.6',
      '-t',
      '60',
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-pix_fmt',
      'yuv420p',
      '-profile:v',
      'high',
      '-level',
      '4.0',
      '-g',
      '50',
      '-crf',
      '30',
      '-movflags',
      'frag_keyframe+empty_moov+default_base_moof',
    ],
    join(DIR, 'recorded.mp4'),
  );
  const boxes: { type: string; data: Buffer }[] = [];
  for (let at = 0; at + 8 <= file.length; ) {
    const length = file.readUInt32BE(at);
    boxes.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at, at + length) });
    at += length;
  }
  const of = (type: string) => boxes.filter((box) => box.type === type).map((box) => box.data);
  const mdats = of('mdat');
  return {
    init: Buffer.concat([...of('ftyp'), ...of('moov')]),
    fragments: of('moof').map((moof, i) => Buffer.concat([moof, mdats[i] ?? Buffer.alloc(0)])),
  };
}

/** The plugin that adds the pretended media to the development server. */
export function mockServer(): Plugin {
  return {
    name: 'atalaya-mock',
    configureServer(server) {
      mkdirSync(DIR, { recursive: true });
      const live = createServer();
      live.on('upgrade', (request, socket) => {
        const accept = createHash('sha1')
          .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64');
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        serve(socket);
      });
      live.listen(0, '127.0.0.1');
      let file: ReturnType<typeof recorded> | null = null;
      server.middlewares.use('/mock', (request, response) => {
        file ??= recorded();
        const [, what, index] = (request.url ?? '').split('/');
        if (what === 'endpoint') {
          const address = live.address();
          response.end(JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 }));
        } else if (what === 'init') {
          response.end(JSON.stringify({ init: file.init.toString('base64'), count: file.fragments.length }));
        } else {
          response.end(file.fragments[Number(index)] ?? '');
        }
      });
      server.httpServer?.on('close', () => live.close());
    },
  };
}
