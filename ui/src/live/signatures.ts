/**
 * Owns what tiles look like in small, for whoever watches whether a camera's picture freezes or loses its detail: each
 * picture as 32 x 18 means of luma, and the message that carries them (its reader is `view/desktop/frames/signatures.rs`).
 * Judges nothing and knows no socket.
 *
 * Tiles take turns, so that no turn is long: eight turns a round of two seconds, and in a turn all pictures are shrunk,
 * then read back at once. Of 16 tiles a turn reads two, which is 2 x 9,216 pixels: a few tenths of a millisecond, four
 * times a second.
 */
import type { Rect } from './fit';

const COLUMNS = 32;
const ROWS = 18;
const CELLS = COLUMNS * ROWS;
/** Pixels read for each side of a cell. What is between them does not count, which leaves a scene's noise in. */
const SAMPLES = 4;
const WIDTH = COLUMNS * SAMPLES;
const HEIGHT = ROWS * SAMPLES;

const KIND = 1;
const HEADER = 8;
const TILE_HEADER = 8;
const TILE = TILE_HEADER + CELLS;

/** Turns of a round. */
export const TURNS = 8;
/** From one turn to the next. */
export const TURN_MS = 250;
/** Tiles of a turn at most: an eighth of the largest grid. */
const SLOTS = 8;

/** The means of luma of each cell, from the pixels of one shrunk picture. */
export function means(pixels: Uint8ClampedArray, luma: Uint8Array): void {
  for (let cell = 0; cell < CELLS; cell += 1) {
    const first = Math.floor(cell / COLUMNS) * SAMPLES * WIDTH + (cell % COLUMNS) * SAMPLES;
    let sum = 0;
    for (let y = 0; y < SAMPLES; y += 1) {
      for (let x = 0; x < SAMPLES; x += 1) {
        const at = (first + y * WIDTH + x) * 4;
        sum += (pixels[at] ?? 0) * 77 + (pixels[at + 1] ?? 0) * 150 + (pixels[at + 2] ?? 0) * 29;
      }
    }
    luma[cell] = Math.round(sum / (256 * SAMPLES * SAMPLES));
  }
}

/** Collects the tiles of one turn after another. */
export class Signatures {
  /** Drawn where the grid's canvas is drawn, so that only the small picture has to leave a graphics processor. */
  private readonly shrunk = new OffscreenCanvas(WIDTH, HEIGHT * SLOTS).getContext('2d', { alpha: false });
  private readonly read = new OffscreenCanvas(WIDTH, HEIGHT * SLOTS).getContext('2d', {
    alpha: false,
    willReadFrequently: true,
  });
  private readonly message = new Uint8Array(HEADER + SLOTS * TILE);
  private readonly view = new DataView(this.message.buffer);
  private count = 0;

  /** Takes a tile's picture in, of which so many were painted since it was taken in before. */
  add(canvas: OffscreenCanvas, from: Rect, tile: number, pictures: number): void {
    if (this.count === SLOTS) return;
    const top = this.count * HEIGHT;
    this.shrunk?.drawImage(canvas, from.x, from.y, from.width, from.height, 0, top, WIDTH, HEIGHT);
    const at = HEADER + this.count * TILE;
    this.view.setUint16(at, tile, true);
    this.view.setUint32(at + 4, pictures, true);
    this.count += 1;
  }

  /** The message about the tiles taken in, which holds until the next one is; null without any. */
  take(grid: number): Uint8Array<ArrayBuffer> | null {
    const { count, read, shrunk } = this;
    this.count = 0;
    if (count === 0 || !read || !shrunk) return null;
    const height = count * HEIGHT;
    read.drawImage(shrunk.canvas, 0, 0, WIDTH, height, 0, 0, WIDTH, height);
    const { data } = read.getImageData(0, 0, WIDTH, height);
    const bytes = WIDTH * HEIGHT * 4;
    for (let slot = 0; slot < count; slot += 1) {
      const at = HEADER + slot * TILE + TILE_HEADER;
      means(data.subarray(slot * bytes, (slot + 1) * bytes), this.message.subarray(at, at + CELLS));
    }
    this.view.setUint8(0, KIND);
    this.view.setUint16(2, count, true);
    this.view.setUint32(4, grid, true);
    return this.message.subarray(0, HEADER + count * TILE);
  }
}
