/**
 * Tests that the health page's figures are read once, continued from events, and follow the stream that flows.
 */
import { beforeEach, expect, it, vi } from 'vitest';
import type { EventVm } from '../gen/EventVm';
import type { HistoryVm } from '../gen/HistoryVm';
import type { MetricsVm } from '../gen/MetricsVm';
import type { StatusVm } from '../gen/StatusVm';
import { FIGURES } from '../trace';

const engine = vi.hoisted(() => ({
  tell: (_: unknown) => undefined as undefined,
  asked: [] as string[],
}));
vi.mock('../ipc', () => ({
  onEngine: async (handler: (event: unknown) => undefined) => {
    engine.tell = handler;
    return () => undefined;
  },
  settingsGet: async () => ({}),
  cameraList: async () => [],
  exportList: async () => [],
  scanList: async () => [],
  deviceNotices: async () => [],
  appInfo: async () => ({}),
  keyStatus: async () => ({}),
  healthHistory: async (camera: string, role: string): Promise<HistoryVm> => {
    engine.asked.push(`${camera}/${role}`);
    const lists = Object.fromEntries(FIGURES.map((name) => [name, [14, 15]]));
    const start = new Date(Date.now() - 4000).toISOString();
    return { ...lists, camera, role, start, step_s: 2, reconnects_day: 3 } as unknown as HistoryVm;
  },
}));

const { connectEngine } = await import('./engine');
const { appTrace, followCameras, traceOf, useHealth } = await import('./health');

function measured(role: string, reconnects: number): EventVm {
  const stream = { camera: 'a', role, state: 'live', fps: 16, packets_lost: 0, reconnects, health: 90 };
  return {
    event: 'metrics.measured',
    streams: [stream as MetricsVm],
    status: { recorded_bytes_10s: 50 } as StatusVm,
  };
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  engine.asked.length = 0;
});

it('reads histories, continues them, and reads anew when another stream flows', async () => {
  await connectEngine();
  const stop = followCameras(['a']);
  await pass(0);
  expect([engine.asked, useHealth.getState().loading]).toEqual([['a/main'], 0]);
  expect(traceOf('a').of('fps')).toEqual([14, 15]);
  for (const reconnects of [1, 1, 1, 1, 1, 1, 1, 2]) {
    await pass(500);
    engine.tell(measured('main', reconnects));
  }
  // A row every two seconds, not at each event.
  expect(traceOf('a').of('fps')).toEqual([14, 15, 16, 16]);
  expect(useHealth.getState().reconnects.a).toBe(4);
  await pass(2000);
  engine.tell(measured('sub', 0));
  await pass(0);
  expect(engine.asked).toEqual(['a/main', 'a/sub']);
  expect(useHealth.getState().roles.a).toBe('sub');
  stop();
  await pass(2000);
  engine.tell(measured('sub', 9));
  expect(traceOf('a').of('fps')).toHaveLength(2);
  // The program's own go on.
  expect(appTrace.of('written').slice(-1)).toEqual([5]);
  expect(appTrace.times.length).toBeGreaterThan(3);
});
