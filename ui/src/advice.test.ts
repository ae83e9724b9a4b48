/**
 * Tests what is advised for which figures, and the order of cameras by it.
 */
import { describe, expect, it } from 'vitest';
import { type Advice, adviceFor, type Situation, worstFirst } from './advice';
import type { CameraVm } from './gen/CameraVm';
import type { MetricsVm } from './gen/MetricsVm';
import en from './i18n/en.json';

const parts = { rate: 0, loss: 0, delay: 0, stability: 0 };
const good: MetricsVm = {
  camera: 'a',
  role: 'main',
  state: 'live',
  detail: null,
  retry_in_s: null,
  fps: 25,
  fps_average: 25,
  bitrate_bps: 4_000_000,
  time_source: 'rtp',
  latency_ms: 80,
  latency_p95_ms: 120,
  loss: 0,
  jitter_ms: 2,
  frames: 10_000,
  dropped: 0,
  packets_lost: 0,
  reconnects: 0,
  health: 100,
  health_parts: parts,
  codec: 'h264',
  width: 1920,
  height: 1080,
  recording: true,
  record_demand: 'now',
  record_now: null,
};
const camera = (changes: Partial<CameraVm> = {}, transport = 'tcp') =>
  ({
    id: 'a',
    name: 'Gate',
    enabled: true,
    record_mode: 'continuous',
    streams: [{ role: 'main', fps: 25, transport }],
    ...changes,
  }) as CameraVm;

function advised(metrics: Partial<MetricsVm> | null, rest: Partial<Situation> = {}): Advice[] {
  return adviceFor({
    camera: camera(),
    metrics: metrics ? { ...good, ...metrics } : undefined,
    recording: true,
    reconnectsDay: 0,
    ...rest,
  });
}

describe('advice', () => {
  it('is none where all is well, nobody looks, or the camera is switched off', () => {
    expect(advised({})).toEqual([]);
    expect(advised(null)).toEqual([]);
    expect(advised({ state: 'idle' })).toEqual([]);
    expect(advised({ state: 'unauthorized' }, { camera: camera({ enabled: false }) })).toEqual([]);
    expect(advised({ state: 'connecting', fps: 0, latency_p95_ms: null })).toEqual([]);
  });

  it.each<[string, Partial<MetricsVm>, Advice[], Partial<Situation>?]>([
    ['a refused login', { state: 'unauthorized' }, ['login']],
    ['what cannot be played', { state: 'stopped' }, ['stopped']],
    ['no answer', { state: 'backoff' }, ['offline']],
    ['nothing written', {}, ['notWritten'], { recording: false }],
    [
      'nothing written of what is not recorded',
      { record_demand: 'off' },
      [],
      { recording: false, camera: camera({ record_mode: 'off' }) },
    ],
    ['nothing written while nothing moves', { record_demand: 'motion' }, [], { recording: false }],
    ['1 % lost over TCP', { health_parts: { ...parts, loss: 15 } }, ['lossTcp']],
    [
      '1 % lost over UDP',
      { health_parts: { ...parts, loss: 15 } },
      ['lossUdp'],
      { camera: camera({}, 'udp') },
    ],
    ['less than 1 % lost', { health_parts: { ...parts, loss: 14 } }, []],
    ['two reconnects in an hour', { health_parts: { ...parts, stability: 8 } }, ['reconnects']],
    ['many in a day', { state: 'backoff' }, ['offline', 'reconnects'], { reconnectsDay: 6 }],
    ['fewer frames than declared', { fps_average: 12 }, ['rate']],
    ['fewer frames than usual', { health_parts: { ...parts, rate: 8 } }, ['rate']],
    ['a young stream', { frames: 100, fps_average: 12, latency_p95_ms: null }, [], { recording: false }],
    ['late pictures', { latency_p95_ms: 1001 }, ['latency']],
    ['a clock that is behind', { latency_p95_ms: 7_200_000 }, ['clockWrong']],
    ['a clock that is ahead', { latency_p95_ms: -7_200_000 }, ['clockWrong']],
    ['clocks that nearly agree', { latency_p95_ms: -20 }, []],
    ['no clock', { latency_p95_ms: null }, ['clockUnknown']],
    ['no clock over HTTP', { latency_p95_ms: null, time_source: 'arrival' }, []],
  ])('sees %s', (_, metrics, expected, rest) => {
    expect(advised(metrics, rest)).toEqual(expected);
  });

  it('has a sentence for each', () => {
    const sentences: Record<string, string> = en.health.advice;
    const all = advised({
      latency_p95_ms: null,
      fps_average: 1,
      health_parts: { ...parts, loss: 30, stability: 20 },
    });
    expect(all).toHaveLength(4);
    for (const key of all) expect(sentences[key], key).toBeTruthy();
  });
});

it('puts the worst first and what is switched off last', () => {
  const one = (id: string, advice: Advice[], health: number | null, enabled = true) => ({
    ...camera({ id, name: id, enabled }),
    advice,
    health,
  });
  const order = worstFirst([
    one('off', [], null, false),
    one('well', [], 100),
    one('unwatched', [], null),
    one('note', ['clockUnknown'], 100),
    one('late', ['latency'], 95),
    one('lossy', ['lossUdp'], 70),
    one('gone', ['offline'], 0),
  ]);
  expect(order).toEqual(['gone', 'lossy', 'late', 'note', 'well', 'unwatched', 'off']);
});
