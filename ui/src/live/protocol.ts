/**
 * Owns the wire format of the live socket's binary messages (little endian) and of its base64 descriptions.
 * Text messages are JSON of the generated types `LiveRequest` and `LiveReply`.
 */

/** One coded picture of one tile. */
export interface UnitMessage {
  kind: 'unit';
  key: boolean;
  tile: number;
  grid: number;
  ptsUs: number;
  receivedWallUs: number;
  payload: Uint8Array<ArrayBuffer>;
}

/** One packet of coded sound of one tile. */
export interface AudioMessage {
  kind: 'audio';
  tile: number;
  grid: number;
  ptsUs: number;
  /** When a picture taken at its beginning was received, as near as can be told. */
  momentUs: number;
  payload: Uint8Array<ArrayBuffer>;
}

/** What a composed picture says about one of its tiles. */
export interface ComposedTile {
  /** Pictures decoded since the last composed picture. */
  decoded: number;
  /** Age of the picture shown, in milliseconds since it was received. */
  latencyMs: number;
}

/** One picture of the whole grid, I420 with tight planes. */
export interface ComposedMessage {
  kind: 'composed';
  fullRange: boolean;
  bt709: boolean;
  grid: number;
  width: number;
  height: number;
  tiles: ComposedTile[];
  planes: Uint8Array<ArrayBuffer>;
}

const UNIT = 1;
const COMPOSED = 2;
const AUDIO = 3;
/** Of a picture's unit and of a packet of sound. */
const UNIT_HEADER = 24;
const COMPOSED_HEADER = 16;

/** Bytes of an I420 picture with tight planes. */
export function i420Bytes(width: number, height: number): number {
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  return width * height + 2 * chroma;
}

/** Reads a binary message; null for what no known version sends. */
export function parseMessage(buffer: ArrayBuffer): UnitMessage | ComposedMessage | AudioMessage | null {
  if (buffer.byteLength < COMPOSED_HEADER) return null;
  const view = new DataView(buffer);
  const kind = view.getUint8(0);
  const flags = view.getUint8(1);
  if (kind === UNIT && buffer.byteLength > UNIT_HEADER) {
    return {
      kind: 'unit',
      key: (flags & 1) !== 0,
      tile: view.getUint16(2, true),
      grid: view.getUint32(4, true),
      ptsUs: Number(view.getBigInt64(8, true)),
      receivedWallUs: Number(view.getBigInt64(16, true)),
      payload: new Uint8Array(buffer, UNIT_HEADER),
    };
  }
  if (kind === AUDIO && buffer.byteLength > UNIT_HEADER) {
    return {
      kind: 'audio',
      tile: view.getUint16(2, true),
      grid: view.getUint32(4, true),
      ptsUs: Number(view.getBigInt64(8, true)),
      momentUs: Number(view.getBigInt64(16, true)),
      payload: new Uint8Array(buffer, UNIT_HEADER),
    };
  }
  if (kind === COMPOSED) {
    const count = view.getUint16(2, true);
    const width = view.getUint32(8, true);
    const height = view.getUint32(12, true);
    const start = COMPOSED_HEADER + 8 * count;
    const length = i420Bytes(width, height);
    if (width === 0 || height === 0 || buffer.byteLength < start + length) return null;
    const tiles = Array.from({ length: count }, (_, i) => ({
      decoded: view.getUint32(COMPOSED_HEADER + 8 * i, true),
      latencyMs: view.getUint32(COMPOSED_HEADER + 8 * i + 4, true),
    }));
    return {
      kind: 'composed',
      fullRange: (flags & 1) !== 0,
      bt709: (flags & 2) !== 0,
      grid: view.getUint32(4, true),
      width,
      height,
      tiles,
      planes: new Uint8Array(buffer, start, length),
    };
  }
  return null;
}

/** Bytes of a base64 text. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** RGBA of an I420 picture, for a webview without `VideoFrame`. */
export function i420ToRgba(
  picture: Pick<ComposedMessage, 'width' | 'height' | 'planes' | 'fullRange' | 'bt709'>,
): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, planes, fullRange, bt709 } = picture;
  const cw = Math.ceil(width / 2);
  const u0 = width * height;
  const v0 = u0 + cw * Math.ceil(height / 2);
  const [kr, kb] = bt709 ? [0.2126, 0.0722] : [0.299, 0.114];
  const yScale = fullRange ? 1 : 255 / 219;
  const cScale = fullRange ? 1 : 255 / 224;
  const yOff = fullRange ? 0 : 16;
  const rv = 2 * (1 - kr) * cScale;
  const bu = 2 * (1 - kb) * cScale;
  const gu = (bu * kb) / (1 - kr - kb);
  const gv = (rv * kr) / (1 - kr - kb);
  const out = new Uint8ClampedArray(width * height * 4);
  let o = 0;
  for (let row = 0; row < height; row += 1) {
    const c0 = (row >> 1) * cw;
    for (let column = 0; column < width; column += 1) {
      const y = ((planes[row * width + column] ?? 0) - yOff) * yScale;
      const u = (planes[u0 + c0 + (column >> 1)] ?? 128) - 128;
      const v = (planes[v0 + c0 + (column >> 1)] ?? 128) - 128;
      out[o] = y + rv * v;
      out[o + 1] = y - gu * u - gv * v;
      out[o + 2] = y + bu * u;
      out[o + 3] = 255;
      o += 4;
    }
  }
  return out;
}
