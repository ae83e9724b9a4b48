/**
 * Tests of what live sound is made of: G.711, level, resampling, the buffer, the worker's ears with a pretended
 * decoder, and the page's player with a pretended AudioContext.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ears } from './audio';
import { decodeG711, G711 } from './g711';
import { FLOOR_DB, LevelMeter, share } from './level';
import type { FromWorker } from './messages';
import { BUFFER_FIRST_MS, BUFFER_MAX_MS, Playout } from './playout';
import type { AudioMessage } from './protocol';
import { Resampler } from './resample';
import { playSound, setVolume, silenceAll, tellSound, toggleSound, useSound, watchLevel } from './speaker';

describe('G.711', () => {
  it('has the values of ITU-T G.711', () => {
    const values = (table: Int16Array, octets: number[]) => octets.map((octet) => table[octet]);
    expect(values(G711.ulaw, [0xff, 0x7f, 0x80, 0x00, 0xfe, 0xf0, 0x8f, 0x0f])).toEqual([
      0, 0, 32124, -32124, 8, 120, 16764, -16764,
    ]);
    expect(values(G711.alaw, [0xd5, 0x55, 0xaa, 0x2a, 0xd4, 0xc5, 0x80, 0x00])).toEqual([
      8, -8, 32256, -32256, 24, 264, 5504, -5504,
    ]);
  });

  it('never falls within a law’s own order', () => {
    // The positive half from silence to the loudest, as the codes go.
    const ulaw = Array.from({ length: 128 }, (_, i) => G711.ulaw[0xff - i] ?? 0);
    const alaw = Array.from({ length: 128 }, (_, i) => G711.alaw[(0x80 + i) ^ 0x55] ?? 0);
    for (const half of [ulaw, alaw]) {
      expect(half.every((value, i) => i === 0 || value > (half[i - 1] ?? 0))).toBe(true);
    }
  });

  it('mixes channels into one', () => {
    const octets = new Uint8Array([0x80, 0x00, 0x80, 0x80, 0x80]);
    expect([...decodeG711(G711.ulaw, octets, 2)]).toEqual([0, 32124 / 32768]);
  });
});

describe('the level meter', () => {
  it('measures root mean square and peak over tenths of a second', () => {
    const meter = new LevelMeter();
    const sine = Float32Array.from({ length: 400 }, (_, i) => 0.5 * Math.sin((i * Math.PI) / 20));
    expect(meter.add(sine, 8000)).toBeNull();
    const level = meter.add(sine, 8000);
    // A sine of half the height: 6.02 dB for the half, 3.01 more for its mean.
    expect(level?.peak).toBeCloseTo(-6.02, 1);
    expect(level?.rms).toBeCloseTo(-9.03, 1);
    expect(meter.add(new Float32Array(800), 8000)).toEqual({ rms: FLOOR_DB, peak: FLOOR_DB });
    expect(meter.add(new Float32Array(800).fill(-1), 8000)).toEqual({ rms: 0, peak: 0 });
  });

  it('fills its length evenly', () => {
    expect([0, -30, FLOOR_DB, -90, 6].map(share)).toEqual([1, 0.5, 0, 0, 1]);
  });
});

describe('the resampler', () => {
  const tone = (rate: number, count: number, hz: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));

  it('goes on without a seam, however the input is cut', () => {
    const input = tone(8000, 3200, 300);
    const whole = new Resampler().run(input, 8000 / 48_000);
    const parts = new Resampler();
    const cut = [0, 1, 2, 320, 999, 3200].flatMap((end, i, ends) =>
      i === 0 ? [] : [...parts.run(input.subarray(ends[i - 1], end), 8000 / 48_000)],
    );
    expect(Math.abs(cut.length - whole.length)).toBeLessThanOrEqual(1);
    expect(Math.max(...cut.map((value, i) => Math.abs(value - (whole[i] ?? value))))).toBeLessThan(1e-4);
  });

  it('keeps the wave', () => {
    const out = new Resampler().run(tone(8000, 1600, 300), 8000 / 44_100);
    // Two samples of the input late.
    const error = [...out].slice(60, -60).map((value, i) => {
      const at = (i + 60) / 44_100 - 2 / 8000;
      return Math.abs(value - Math.sin(2 * Math.PI * 300 * at));
    });
    expect(out.length).toBe(Math.ceil((1600 * 44_100) / 8000));
    expect(Math.max(...error)).toBeLessThan(0.01);
  });
});

describe('the buffer', () => {
  const BLOCK = 40;
  const START = 1_800_000_000_000;

  /** Packets of 40 ms through a buffer; `delayMs` says how late the nth is, null loses it. */
  function play(
    count: number,
    delayMs: (n: number) => number | null,
    options: { pictureMs?: number; drift?: number; playout?: Playout } = {},
  ) {
    const { pictureMs = 40, drift = 1, playout = new Playout() } = options;
    const heard: { n: number; at: number; speed: number; skew: number; waits: number }[] = [];
    for (let n = 0; n < count; n += 1) {
      const delay = delayMs(n);
      if (delay === null) continue;
      // A packet is complete when it ends; its moment is its beginning.
      const moment = START + n * BLOCK * drift;
      const now = moment + BLOCK + delay;
      const block = { tsMs: n * BLOCK, momentMs: moment, durationMs: BLOCK };
      const place = playout.place(block, now, now - START, pictureMs);
      if (!place) continue;
      playout.placed(place.startMs + BLOCK / place.speed);
      heard.push({
        n,
        at: place.startMs,
        speed: place.speed,
        skew: playout.skewMs,
        waits: place.startMs - (now - START),
      });
    }
    return { heard, playout };
  }

  it('begins with 120 ms and comes down to its picture when packets are even', () => {
    const { heard, playout } = play(1500, () => 2);
    expect(heard[0]?.waits).toBeCloseTo(BUFFER_FIRST_MS, 0);
    expect(heard).toHaveLength(1500);
    expect(playout.holes).toBe(0);
    // 42 ms to be here and 20 of margin, against a picture 40 ms old.
    expect(heard.at(-1)?.skew).toBeGreaterThan(0);
    expect(heard.at(-1)?.skew).toBeLessThan(40);
    expect(heard.every(({ speed }) => Math.abs(speed - 1) <= 0.011)).toBe(true);
  });

  it('waits for a picture that comes later', () => {
    const { heard } = play(1000, () => 2, { pictureMs: 250 });
    expect(Math.abs(heard.at(-1)?.skew ?? 999)).toBeLessThan(15);
  });

  it('never lets more than 400 ms wait', () => {
    const { heard } = play(500, () => 2, { pictureMs: 5000 });
    expect(Math.max(...heard.map(({ waits }) => waits))).toBeLessThanOrEqual(BUFFER_MAX_MS + 1);
  });

  it('holds more when packets come unevenly, and has no holes then', () => {
    // Every tenth packet is 90 ms late: the second time it is expected.
    const { heard, playout } = play(1000, (n) => (n % 10 === 9 ? 90 : 2));
    expect(playout.holes).toBeLessThanOrEqual(1);
    expect(heard).toHaveLength(1000);
    expect(heard.at(-1)?.skew).toBeLessThan(150);
  });

  it('throws away what is later than that, and goes on', () => {
    const { heard, playout } = play(300, (n) => (n === 100 ? 700 : 2));
    expect(heard.map(({ n }) => n)).not.toContain(100);
    expect(playout.dropped).toBe(1);
    expect(heard.at(-1)?.n).toBe(299);
    expect(heard.at(-1)?.waits).toBeLessThan(BUFFER_FIRST_MS + 10);
  });

  it('leaves a hole where packets were lost, and stays in time', () => {
    const lost = (n: number) => n >= 100 && n < 103;
    const { heard, playout } = play(200, (n) => (lost(n) ? null : 2));
    expect(playout.holes).toBe(1);
    const [before, after] = [heard.find(({ n }) => n === 99), heard.find(({ n }) => n === 103)];
    expect((after?.at ?? 0) - (before?.at ?? 0)).toBeCloseTo(4 * BLOCK, -1);
  });

  it('passes over what came twice or out of order', () => {
    const playout = new Playout();
    const place = (n: number) =>
      playout.place({ tsMs: n * BLOCK, momentMs: START + n * BLOCK, durationMs: BLOCK }, START, n * BLOCK, 0);
    expect([0, 1, 1, 0, 2].map((n) => place(n) !== null)).toEqual([true, true, false, false, true]);
  });

  it('goes with a camera’s clock that is too fast or too slow, for an hour', () => {
    for (const drift of [1.0003, 0.9997]) {
      const { heard, playout } = play(90_000, () => 2, { drift });
      expect(playout.holes).toBe(0);
      expect(playout.dropped).toBe(0);
      expect(Math.abs(heard.at(-1)?.skew ?? 999)).toBeLessThan(40);
    }
  });

  it('comes back after the page stood still', () => {
    const { playout } = play(100, () => 2);
    // Two seconds without a packet; then the stream goes on where it is now.
    const { heard } = play(400, (n) => (n < 150 ? null : 2), { playout });
    expect(playout.holes).toBe(1);
    expect(heard[0]?.waits).toBeGreaterThan(0);
    expect(heard.at(-1)?.skew).toBeLessThan(BUFFER_FIRST_MS);
  });

  it('begins anew with a connection that begins anew', () => {
    const { playout } = play(100, () => 2);
    const block = { tsMs: 0, momentMs: START + 100 * BLOCK, durationMs: BLOCK };
    const place = playout.place(block, block.momentMs + BLOCK, 101 * BLOCK, 40);
    expect(place).not.toBeNull();
    expect(place?.joined).toBe(false);
    expect(playout.holes).toBe(0);
  });
});

class FakeDecoder {
  static last: FakeDecoder | null = null;
  static made = 0;
  state = 'unconfigured';
  decodeQueueSize = 0;
  fed: { timestamp: number }[] = [];
  config: AudioDecoderConfig | null = null;
  constructor(readonly init: { output: (data: unknown) => void; error: () => void }) {
    FakeDecoder.last = this;
    FakeDecoder.made += 1;
  }
  configure(config: AudioDecoderConfig) {
    this.config = config;
  }
  decode(chunk: { timestamp: number }) {
    this.fed.push(chunk);
  }
  close() {
    this.state = 'closed';
  }
  give(timestamp: number, planes: number[][]) {
    this.init.output({
      timestamp,
      sampleRate: 16_000,
      numberOfFrames: planes[0]?.length ?? 0,
      numberOfChannels: planes.length,
      copyTo: (to: Float32Array, { planeIndex }: { planeIndex: number }) => to.set(planes[planeIndex] ?? []),
      close: () => undefined,
    });
  }
}

describe('ears', () => {
  const posted: FromWorker[] = [];
  let ears: Ears;
  const packet = (tile: number, ptsUs = 0): AudioMessage => ({
    kind: 'audio',
    tile,
    grid: 1,
    ptsUs,
    momentUs: 5_000_000 + ptsUs,
    payload: new Uint8Array([0x80, 0x00]),
  });
  const format = (tile: number, codec: string) =>
    ({
      type: 'audio_format',
      grid: 1,
      tile,
      codec,
      sample_rate: 16_000,
      channels: 1,
      description: 'FAg=',
    }) as const;
  const states = () =>
    posted.flatMap((m) => (m.type === 'sound_state' ? [[m.camera, m.state, m.detail]] : []));
  const blocks = () => posted.flatMap((m) => (m.type === 'sound' ? [m.block] : []));

  beforeEach(() => {
    posted.length = 0;
    FakeDecoder.last = null;
    FakeDecoder.made = 0;
    ears = new Ears((message) => posted.push(message));
    ears.want(['b', 'x']);
    vi.stubGlobal('AudioDecoder', FakeDecoder);
    vi.stubGlobal(
      'EncodedAudioChunk',
      class {
        timestamp: number;
        constructor(init: { timestamp: number }) {
          this.timestamp = init.timestamp;
        }
      },
    );
  });
  afterEach(() => vi.unstubAllGlobals());

  it('listen to the first tile of each camera that is shown', () => {
    expect(ears.tiles(['a', 'b', 'b'])).toEqual([1]);
    expect(ears.tiles([])).toEqual([]);
  });

  it('decode G.711 by themselves', () => {
    ears.told('b', format(1, 'ulaw'));
    ears.feed(packet(1, 20_000), 0);
    ears.feed(packet(0), 0);
    expect(states()).toEqual([['b', 'playing', null]]);
    const [block] = blocks();
    expect(block).toMatchObject({ tsMs: 20, momentMs: 5020, sampleRate: 16_000 });
    expect([...(block?.samples ?? [])]).toEqual([32124 / 32768, -32124 / 32768]);
    // No longer wanted: what still comes is nobody's.
    ears.want(['x']);
    ears.feed(packet(1, 40_000), 0);
    expect(blocks()).toHaveLength(1);
  });

  it('give AAC to the webview and mix its channels', () => {
    ears.told('b', format(1, 'mp4a.40.2'));
    ears.feed(packet(1, 64_000), 10);
    expect(FakeDecoder.last?.config).toMatchObject({ codec: 'mp4a.40.2', sampleRate: 16_000 });
    expect(FakeDecoder.last?.config?.description).toEqual(new Uint8Array([0x14, 0x08]));
    expect(states()).toEqual([]);
    FakeDecoder.last?.give(64_000, [
      [1, 0.5],
      [0, 0.25],
    ]);
    expect(states()).toEqual([['b', 'playing', null]]);
    expect([...(blocks()[0]?.samples ?? [])]).toEqual([0.5, 0.375]);
    expect(blocks()[0]).toMatchObject({ tsMs: 64, momentMs: 5064 });
  });

  it('say so when the webview takes AAC and gives nothing, refuses it, or knows none', () => {
    const given = ['b', 'unplayable', 'AAC'];
    ears.told('b', format(1, 'mp4a.40.2'));
    ears.feed(packet(1), 10);
    ears.feed(packet(1), 1900);
    expect(states()).toEqual([]);
    ears.feed(packet(1), 2100);
    ears.feed(packet(1), 4200);
    expect(states()).toEqual([given]);

    ears.told('b', format(1, 'mp4a.40.2'));
    for (let n = 0; n < 4; n += 1) {
      ears.feed(packet(1), 10 + n);
      FakeDecoder.last?.init.error();
    }
    expect(states()).toEqual([given, given]);

    vi.stubGlobal('AudioDecoder', undefined);
    ears.told('b', format(1, 'mp4a.40.2'));
    ears.feed(packet(1), 10);
    expect(states()).toEqual([given, given, given]);
  });

  it('leave out packets while the decoder is behind', () => {
    ears.told('b', format(1, 'mp4a.40.2'));
    ears.feed(packet(1), 10);
    if (FakeDecoder.last) FakeDecoder.last.decodeQueueSize = 17;
    ears.feed(packet(1), 20);
    expect(FakeDecoder.last?.fed).toHaveLength(1);
  });

  it('pass on why there is no sound', () => {
    ears.told('b', { type: 'no_audio', grid: 1, tile: 1, note: null });
    ears.told('x', { type: 'no_audio', grid: 1, tile: 2, note: 'left out: G726-32' });
    ears.told('unasked', { type: 'no_audio', grid: 1, tile: 3, note: null });
    expect(states()).toEqual([
      ['b', 'absent', null],
      ['x', 'unplayable', 'left out: G726-32'],
    ]);
  });
});

describe('the speaker', () => {
  const started: { at: number; length: number; to: unknown }[] = [];
  const player = {
    sampleRate: 48_000,
    currentTime: 0,
    state: 'running',
    baseLatency: 0.01,
    destination: {},
    resume: () => Promise.resolve(),
    suspend: () => Promise.resolve(),
    createGain: () => ({
      gain: { value: 1, setTargetAtTime: vi.fn() },
      connect: () => undefined,
      disconnect: () => undefined,
    }),
    createBuffer: (_: number, length: number) => ({ length, copyToChannel: () => undefined }),
    createBufferSource: () => {
      const source = {
        buffer: { length: 0 },
        to: null as unknown,
        connect: (to: unknown) => {
          source.to = to;
        },
        start: (at: number) => started.push({ at, length: source.buffer.length, to: source.to }),
      };
      return source;
    },
  };
  const block = (n: number, momentMs: number) => ({
    tsMs: n * 40,
    momentMs,
    sampleRate: 8000,
    samples: new Float32Array(320).fill(0.1),
  });
  /** Plays packets as time passes, 40 ms each. */
  const play = (camera: string, count: number) => {
    for (let n = 0; n < count; n += 1) {
      vi.advanceTimersByTime(40);
      if (player.state === 'running') player.currentTime += 0.04;
      playSound(camera, block(n, Date.now() - 40), 40);
    }
  };

  beforeEach(() => {
    vi.useFakeTimers();
    started.length = 0;
    player.state = 'running';
    vi.stubGlobal(
      'AudioContext',
      class {
        constructor() {
          // biome-ignore lint/correctness/noConstructorReturn: the test's one player.
          return player;
        }
      },
    );
  });
  afterEach(() => {
    silenceAll();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('plays packets one behind the other without a seam', () => {
    toggleSound('a');
    expect(useSound.getState().sounds.a?.state).toBe('waiting');
    tellSound('a', 'playing', null);
    play('a', 50);
    expect(useSound.getState().output).toBe('running');
    expect(started).toHaveLength(50);
    for (const [i, { at }] of started.entries()) {
      const before = started[i - 1];
      if (before) expect(at * 48_000).toBeCloseTo(before.at * 48_000 + before.length, 3);
    }
  });

  it('mixes cameras, each with its volume, and plays nobody else', () => {
    toggleSound('a');
    toggleSound('b');
    play('a', 1);
    play('b', 1);
    play('c', 1);
    expect(new Set(started.map(({ to }) => to)).size).toBe(2);
    setVolume('a', 0.5);
    const gain = started[0]?.to as ReturnType<typeof player.createGain>;
    expect(gain.gain.setTargetAtTime).toHaveBeenCalledWith(0.25, player.currentTime, 0.02);
    toggleSound('a');
    play('a', 1);
    expect(started).toHaveLength(2);
    expect(useSound.getState()).toMatchObject({ listening: ['b'], volumes: { a: 0.5 } });
    silenceAll();
    expect(useSound.getState()).toMatchObject({ listening: [], sounds: {}, output: 'unknown' });
  });

  it('tells levels also while nothing comes out, and says that nothing does', () => {
    player.state = 'suspended';
    const levels: number[] = [];
    const leave = watchLevel('a', ({ peak }) => levels.push(peak));
    toggleSound('a');
    play('a', 50);
    expect(started).toHaveLength(0);
    expect(levels.length).toBeGreaterThan(10);
    expect(levels[0]).toBeCloseTo(-20, 1);
    expect(useSound.getState().output).toBe('blocked');
    // It says that it runs, and its clock stands still: there is no device.
    player.state = 'running';
    const clock = player.currentTime;
    for (let n = 0; n < 50; n += 1) {
      vi.advanceTimersByTime(40);
      player.currentTime = clock;
      playSound('a', block(100 + n, Date.now() - 40), 40);
    }
    expect(useSound.getState().output).toBe('missing');
    leave();
  });

  it('says when the webview has no player at all', async () => {
    vi.resetModules();
    vi.stubGlobal('AudioContext', undefined);
    const other = await import('./speaker');
    other.toggleSound('a');
    expect(other.useSound.getState().output).toBe('missing');
  });
});
