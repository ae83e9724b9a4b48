/**
 * Tests of what the live worker is made of: statistics, self-test, and a tile's decoder with a pretended webview.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasGpu } from './graphics';
import type { UnitMessage } from './protocol';
import { decodesH264 } from './selftest';
import { percentile } from './stats';
import { TileDecoder } from './tile';

it('takes percentiles', () => {
  expect(percentile([], 0.5)).toBeNull();
  expect(percentile([5], 0.95)).toBe(5);
  expect(percentile([4, 1, 3, 2], 0.5)).toBe(2);
  expect(percentile([4, 1, 3, 2], 0.95)).toBe(4);
});

it('tells graphics processors from software', () => {
  const named = (renderer: string) => hasGpu({ renderer, drawMs: null });
  expect(named('')).toBe(false);
  expect(named('llvmpipe (LLVM 15.0.6, 256 bits)')).toBe(false);
  expect(named('ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device))')).toBe(false);
  expect(named('Mesa Intel(R) UHD Graphics 620 (KBL GT2)')).toBe(true);
  // WebKit hides the name: the clock decides.
  expect(named('Apple GPU')).toBe(false);
  expect(hasGpu({ renderer: 'Apple GPU', drawMs: 4 })).toBe(true);
  expect(hasGpu({ renderer: 'Apple GPU', drawMs: 180 })).toBe(false);
});

class FakeDecoder {
  static last: FakeDecoder | null = null;
  static made = 0;
  state = 'unconfigured';
  decodeQueueSize = 0;
  fed: { type: string; timestamp: number }[] = [];
  constructor(readonly init: { output: (frame: unknown) => void; error: () => void }) {
    FakeDecoder.last = this;
    FakeDecoder.made += 1;
  }
  configure() {
    this.state = 'configured';
  }
  decode(chunk: { type: string; timestamp: number }) {
    this.fed.push(chunk);
  }
  flush() {
    return Promise.resolve();
  }
  close() {
    this.state = 'closed';
  }
  give(timestamp: number) {
    const frame = {
      timestamp,
      displayWidth: 640,
      displayHeight: 360,
      codedWidth: 640,
      codedHeight: 360,
      close: vi.fn(),
    };
    this.init.output(frame);
    return frame;
  }
}

const unit = (ptsUs: number, key = false): UnitMessage => ({
  kind: 'unit',
  key,
  tile: 0,
  grid: 1,
  ptsUs,
  receivedWallUs: 1_000_000 + ptsUs,
  payload: new Uint8Array([0]),
});
const FORMAT = {
  codec: 'avc1.42E01E',
  width: 640,
  height: 360,
  coded_width: 640,
  coded_height: 360,
  description: '',
};

describe('TileDecoder', () => {
  beforeEach(() => {
    FakeDecoder.made = 0;
    vi.stubGlobal('VideoDecoder', FakeDecoder);
    vi.stubGlobal(
      'EncodedVideoChunk',
      class {
        type: string;
        timestamp: number;
        constructor(init: { type: string; timestamp: number }) {
          this.type = init.type;
          this.timestamp = init.timestamp;
        }
      },
    );
  });
  afterEach(() => vi.unstubAllGlobals());

  it('waits for a key picture and tells when each was received', () => {
    const changed = vi.fn();
    const tile = new TileDecoder(changed);
    tile.feed(unit(0, true), 0);
    expect(FakeDecoder.made).toBe(0);
    tile.configure(FORMAT);
    tile.feed(unit(1), 0);
    tile.feed(unit(2, true), 0);
    tile.feed(unit(3), 0);
    expect(FakeDecoder.last?.fed.map((chunk) => chunk.type)).toEqual(['key', 'delta']);
    expect([tile.skipped, tile.behind]).toEqual([1, 0]);
    FakeDecoder.last?.give(2);
    FakeDecoder.last?.give(3);
    expect(tile.take()?.receivedMs).toBe((1_000_000 + 2) / 1000);
    expect(tile.take()).toMatchObject({ width: 640, height: 360, receivedMs: (1_000_000 + 3) / 1000 });
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('says that it is stalled only when units went in and none came out', () => {
    const tile = new TileDecoder(() => undefined);
    tile.configure(FORMAT);
    for (let i = 0; i < 5; i += 1) tile.feed(unit(i, i === 0), i * 100);
    expect(tile.stalled(1900)).toBe(false);
    expect(tile.stalled(2100)).toBe(true);
    FakeDecoder.last?.give(0);
    expect(tile.stalled(2100)).toBe(false);
  });

  it('jumps to the next key picture when it has fallen behind', () => {
    const tile = new TileDecoder(() => undefined);
    tile.configure(FORMAT);
    for (let i = 0; i < 12; i += 1) tile.feed(unit(i, i === 0), 0);
    const slow = FakeDecoder.last;
    if (slow) slow.decodeQueueSize = 12;
    tile.feed(unit(12), 1600);
    expect(slow?.fed).toHaveLength(12);
    tile.feed(unit(13, true), 1700);
    expect(slow?.state).toBe('closed');
    expect(FakeDecoder.made).toBe(2);
    expect(FakeDecoder.last?.fed.map((chunk) => chunk.timestamp)).toEqual([13]);
    expect([tile.skipped, tile.behind]).toEqual([13, 13]);
  });

  it('takes single key pictures, each given back with the next, for no stall and no loss', () => {
    const tile = new TileDecoder(() => undefined);
    tile.configure(FORMAT);
    for (let i = 0; i < 10; i += 1) {
      tile.feed(unit(i * 5_000_000, true), i * 5000);
      if (i > 0) FakeDecoder.last?.give((i - 1) * 5_000_000);
      expect(tile.stalled(i * 5000 + 4900)).toBe(false);
      tile.take()?.image.close();
    }
    expect([tile.skipped, tile.behind, FakeDecoder.made]).toEqual([0, 0, 1]);
  });

  it('rests without a decoder and without pictures until the format is told again', () => {
    const tile = new TileDecoder(() => undefined);
    tile.configure(FORMAT);
    tile.feed(unit(0, true), 0);
    const resting = FakeDecoder.last;
    const waiting = resting?.give(0);
    tile.rest();
    expect(waiting?.close).toHaveBeenCalled();
    expect(resting?.state).toBe('closed');
    tile.feed(unit(1, true), 0);
    expect([FakeDecoder.made, tile.more, tile.stalled(60_000)]).toEqual([1, false, false]);
    tile.configure(FORMAT);
    tile.feed(unit(2, true), 60_000);
    expect(FakeDecoder.made).toBe(2);
  });

  it('opens a new decoder after an error, at a key picture', () => {
    const tile = new TileDecoder(() => undefined);
    tile.configure(FORMAT);
    tile.feed(unit(0, true), 0);
    FakeDecoder.last?.init.error();
    expect(tile.failures).toBe(1);
    tile.feed(unit(1), 0);
    expect(FakeDecoder.made).toBe(1);
    tile.feed(unit(2, true), 0);
    expect(FakeDecoder.made).toBe(2);
  });

  it('keeps two pictures for the next paints and lets the oldest go for a third', () => {
    const tile = new TileDecoder(() => undefined);
    tile.configure(FORMAT);
    const frames = [0, 1, 2].map((pts) => {
      tile.feed(unit(pts, pts === 0), 0);
      return FakeDecoder.last?.give(pts);
    });
    expect(frames.map((frame) => frame?.close.mock.calls.length)).toEqual([1, 0, 0]);
    expect(tile.skipped).toBe(1);
    expect(tile.take()?.image).toBe(frames[1]);
    expect(tile.more).toBe(true);
    expect(tile.take()?.image).toBe(frames[2]);
    expect(tile.more).toBe(false);
  });

  it('learns how often its pictures come, whatever a pause says', () => {
    const tile = new TileDecoder(() => undefined);
    tile.configure(FORMAT);
    for (let i = 0; i < 100; i += 1) tile.feed(unit(i * 66_667, i === 0), 0);
    tile.feed(unit(100_000_000, true), 0);
    expect(tile.intervalMs).toBeCloseTo(66.7, 0);
  });

  it('lets go of pictures when closed', () => {
    const tile = new TileDecoder(() => undefined);
    tile.configure(FORMAT);
    tile.feed(unit(0, true), 0);
    const frame = FakeDecoder.last?.give(0);
    tile.close();
    expect(frame?.close).toHaveBeenCalled();
    expect(FakeDecoder.last?.state).toBe('closed');
  });

  it('passes the self-test only when a picture comes out', async () => {
    const test = decodesH264();
    FakeDecoder.last?.give(0);
    expect(await test).toBe(true);
    vi.useFakeTimers();
    const silent = decodesH264();
    await vi.advanceTimersByTimeAsync(2100);
    expect(await silent).toBe(false);
    vi.useRealTimers();
  });
});

it('fails the self-test without WebCodecs', async () => {
  expect(await decodesH264()).toBe(false);
});
