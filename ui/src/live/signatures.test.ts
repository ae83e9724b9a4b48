/**
 * Tests of what is told of tiles' pictures, with a pretended canvas.
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { means, Signatures } from './signatures';

const WIDTH = 128;
const HEIGHT = 72;

/** Pixels of pictures one below the other, each of one grey, with one cell that is not. */
function pixels(greys: number[], cell: number, bright: number): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(WIDTH * HEIGHT * greys.length * 4).fill(255);
  for (let i = 0; i < WIDTH * HEIGHT * greys.length; i += 1) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    const inCell = Math.floor(x / 4) === cell % 32 && Math.floor((y % HEIGHT) / 4) === Math.floor(cell / 32);
    const grey = inCell ? bright : (greys[Math.floor(y / HEIGHT)] ?? 0);
    data.fill(grey, i * 4, i * 4 + 3);
  }
  return data;
}

const drawn = vi.fn();
let shown: number[] = [];

beforeEach(() => {
  drawn.mockClear();
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext() {
        return {
          canvas: this,
          drawImage: drawn,
          getImageData: (_x: number, _y: number, width: number, height: number) => {
            expect([width, height]).toEqual([WIDTH, HEIGHT * shown.length]);
            return { data: pixels(shown, 37, 200) };
          },
        };
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

it('takes the mean of each cell', () => {
  const luma = new Uint8Array(576);
  means(pixels([40], 575, 240), luma);
  expect(luma[575]).toBe(240);
  expect([...luma.subarray(0, 575)].every((one) => one === 40)).toBe(true);
});

it('writes what the server reads', () => {
  const signatures = new Signatures();
  expect(signatures.take(1)).toBeNull();
  const canvas = new OffscreenCanvas(640, 360);
  shown = [16, 90];
  signatures.add(canvas, { x: 10, y: 20, width: 320, height: 180 }, 3, 30);
  signatures.add(canvas, { x: 330, y: 20, width: 320, height: 180 }, 258, 70_000);
  expect(drawn.mock.calls.map((call) => call.slice(1))).toEqual([
    [10, 20, 320, 180, 0, 0, WIDTH, HEIGHT],
    [330, 20, 320, 180, 0, HEIGHT, WIDTH, HEIGHT],
  ]);
  const message = signatures.take(0x01020304);
  expect(message?.length).toBe(8 + 2 * 584);
  expect([...(message?.subarray(0, 16) ?? [])]).toEqual([1, 0, 2, 0, 4, 3, 2, 1, 3, 0, 0, 0, 30, 0, 0, 0]);
  expect([message?.[16], message?.[16 + 37]]).toEqual([16, 200]);
  expect([...(message?.subarray(592, 601) ?? [])]).toEqual([2, 1, 0, 0, 0x70, 0x11, 1, 0, 90]);
  expect(signatures.take(1)).toBeNull();
});

it('takes no more than an eighth of the largest grid in one turn', () => {
  const signatures = new Signatures();
  const canvas = new OffscreenCanvas(640, 360);
  shown = Array.from({ length: 8 }, () => 50);
  for (let tile = 0; tile < 9; tile += 1)
    signatures.add(canvas, { x: 0, y: 0, width: 64, height: 36 }, tile, 1);
  expect(signatures.take(1)?.[2]).toBe(8);
});
