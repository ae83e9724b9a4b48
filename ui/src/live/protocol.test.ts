/**
 * Tests of the live socket's binary messages, byte by byte as the contract lays them out.
 */
import { describe, expect, it } from 'vitest';
import { fromBase64, i420Bytes, i420ToRgba, parseMessage } from './protocol';

function unit(payload: number[], flags = 1): ArrayBuffer {
  const buffer = new ArrayBuffer(24 + payload.length);
  const view = new DataView(buffer);
  view.setUint8(0, 1);
  view.setUint8(1, flags);
  view.setUint16(2, 300, true);
  view.setUint32(4, 7, true);
  view.setBigInt64(8, -1500n, true);
  view.setBigInt64(16, 1_795_000_000_123_456n, true);
  new Uint8Array(buffer, 24).set(payload);
  return buffer;
}

function composed(width: number, height: number, tiles: [number, number][], flags: number): ArrayBuffer {
  const start = 16 + 8 * tiles.length;
  const buffer = new ArrayBuffer(start + i420Bytes(width, height));
  const view = new DataView(buffer);
  view.setUint8(0, 2);
  view.setUint8(1, flags);
  view.setUint16(2, tiles.length, true);
  view.setUint32(4, 3, true);
  view.setUint32(8, width, true);
  view.setUint32(12, height, true);
  for (const [i, [decoded, latency]] of tiles.entries()) {
    view.setUint32(16 + 8 * i, decoded, true);
    view.setUint32(20 + 8 * i, latency, true);
  }
  new Uint8Array(buffer, start).fill(128);
  return buffer;
}

describe('parseMessage', () => {
  it('reads a packet of sound, which has the header of a unit', () => {
    const buffer = unit([7, 8], 0);
    new DataView(buffer).setUint8(0, 3);
    const message = parseMessage(buffer);
    expect(message).toMatchObject({
      kind: 'audio',
      tile: 300,
      grid: 7,
      ptsUs: -1500,
      momentUs: 1_795_000_000_123_456,
    });
    expect(message?.kind === 'audio' && [...message.payload]).toEqual([7, 8]);
    expect(parseMessage(buffer.slice(0, 24))).toBeNull();
  });
  it('reads a unit', () => {
    const message = parseMessage(unit([1, 2, 3]));
    expect(message).toMatchObject({
      kind: 'unit',
      key: true,
      tile: 300,
      grid: 7,
      ptsUs: -1500,
      receivedWallUs: 1_795_000_000_123_456,
    });
    expect(message?.kind === 'unit' && [...message.payload]).toEqual([1, 2, 3]);
    expect(parseMessage(unit([1], 0))).toMatchObject({ key: false });
  });
  it('reads a composed picture', () => {
    const message = parseMessage(
      composed(
        6,
        4,
        [
          [1, 12],
          [0, 4000],
        ],
        2,
      ),
    );
    expect(message).toMatchObject({
      kind: 'composed',
      fullRange: false,
      bt709: true,
      grid: 3,
      width: 6,
      height: 4,
      tiles: [
        { decoded: 1, latencyMs: 12 },
        { decoded: 0, latencyMs: 4000 },
      ],
    });
    expect(message?.kind === 'composed' && message.planes.length).toBe(36);
  });
  it('refuses what is cut short, empty or unknown', () => {
    expect(parseMessage(new ArrayBuffer(0))).toBeNull();
    expect(parseMessage(unit([]))).toBeNull();
    expect(parseMessage(composed(6, 4, [[1, 1]], 0).slice(0, -1))).toBeNull();
    expect(parseMessage(composed(0, 4, [], 0))).toBeNull();
    const other = unit([1]);
    new DataView(other).setUint8(0, 9);
    expect(parseMessage(other)).toBeNull();
  });
});

describe('i420ToRgba', () => {
  it('makes grey of grey, in both ranges', () => {
    const planes = new Uint8Array(6).fill(128);
    const full = i420ToRgba({ width: 2, height: 2, planes, fullRange: true, bt709: true });
    expect([...full.slice(0, 4)]).toEqual([128, 128, 128, 255]);
    planes.fill(235, 0, 4);
    const limited = i420ToRgba({ width: 2, height: 2, planes, fullRange: false, bt709: false });
    expect([...limited.slice(0, 4)]).toEqual([255, 255, 255, 255]);
  });
  it('makes red of red (BT.709, limited range)', () => {
    const planes = Uint8Array.from([63, 63, 63, 63, 102, 240]);
    const [r = 0, g = 255, b = 255] = i420ToRgba({
      width: 2,
      height: 2,
      planes,
      fullRange: false,
      bt709: true,
    });
    expect(r).toBeGreaterThan(250);
    expect(g).toBeLessThan(4);
    expect(b).toBeLessThan(4);
  });
});

it('reads base64', () => {
  expect([...fromBase64('AQL/')]).toEqual([1, 2, 255]);
});
