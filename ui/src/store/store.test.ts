/**
 * Tests of the stores: what events change, how found devices are added, which page and layout is chosen.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { CameraVm } from '../gen/CameraVm';
import type { DeviceVm } from '../gen/DeviceVm';
import type { MetricsVm } from '../gen/MetricsVm';
import type { StatusVm } from '../gen/StatusVm';
import * as ipc from '../ipc';
import { cameraMetrics, emptyEngine, isRecording, reduce, useEngine } from './engine';
import {
  addDevice,
  addDevices,
  addRequest,
  addressesOf,
  changes,
  NOTHING_TYPED,
  scanOf,
  seenAt,
  useScan,
} from './scan';

vi.mock('../ipc', () => ({ cameraAdd: vi.fn(), cameraList: vi.fn(async () => []) }));

const metrics = (camera: string, role: string, state: string, recording = false) =>
  ({ camera, role, state, recording, detail: null }) as MetricsVm;
const status = {} as StatusVm;

describe('engine', () => {
  it('takes figures and remembers since when a camera is off', () => {
    const off = { event: 'metrics.measured', streams: [metrics('a', 'sub', 'backoff')], status } as const;
    const first = { ...emptyEngine, ...reduce(emptyEngine, { ...off, streams: [...off.streams] }, 1000) };
    expect(first.offlineSince).toEqual({ a: 1000 });
    const later = { ...first, ...reduce(first, { ...off, streams: [...off.streams] }, 5000) };
    expect(later.offlineSince).toEqual({ a: 1000 });
    const back = reduce(
      later,
      { event: 'metrics.measured', streams: [metrics('a', 'sub', 'live')], status },
      9000,
    );
    expect(back.offlineSince).toEqual({});
  });
  it('keeps what a camera notices until it says that it is over', () => {
    const noticed = (active: boolean) =>
      ({ event: 'camera.noticed', camera: 'a', notice: 'motion', active, at: '' }) as const;
    const on = { ...emptyEngine, ...reduce(emptyEngine, noticed(true), 0) };
    expect(on.notices).toEqual({ a: ['motion'] });
    expect(reduce(on, noticed(true), 0).notices).toEqual({ a: ['motion'] });
    expect(reduce(on, noticed(false), 0).notices).toEqual({ a: [] });
  });
  it('marks what our own detector sees beside what the camera says', () => {
    const moves = (source: string, active: boolean) =>
      ({ event: 'motion.changed', camera: 'a', source, active, at: '' }) as const;
    const on = { ...emptyEngine, ...reduce(emptyEngine, moves('own', true), 0) };
    expect(on.notices).toEqual({ a: ['moving'] });
    expect(reduce(on, moves('onvif', true), 0)).toEqual({});
    expect(reduce(on, moves('own', false), 0).notices).toEqual({ a: [] });
  });
  it('keeps since when what is seen in a picture has been so', () => {
    const seen = (active: boolean, at: string) =>
      ({ event: 'camera.noticed', camera: 'a', notice: 'frozen', active, at }) as const;
    const on = { ...emptyEngine, ...reduce(emptyEngine, seen(true, 'then'), 0) };
    expect(on.noticedAt).toEqual({ 'a/frozen': 'then' });
    expect({ ...on, ...reduce(on, seen(false, 'now'), 0) }).toMatchObject({
      notices: { a: [] },
      noticedAt: { 'a/frozen': 'then' },
    });
  });
  it('lets the stream that flows stand for the camera', () => {
    const all = { 'a/main': metrics('a', 'main', 'idle'), 'a/sub': metrics('a', 'sub', 'live', true) };
    expect(cameraMetrics(all, 'a')?.role).toBe('sub');
    expect(isRecording(all, 'a')).toBe(true);
    expect(isRecording(all, 'b')).toBe(false);
    expect(cameraMetrics({ 'a/main': metrics('a', 'main', 'idle') }, 'a')?.state).toBe('idle');
  });
  it('measures how fast a job goes on', () => {
    const job = { id: 4, done: 0, total: 100, state: 'running' } as never as Parameters<typeof progressed>[0];
    const progressed = (one: { id: number; done: number; total: number; state: string }) =>
      ({ event: 'export.progressed', job: one }) as never;
    let state = { ...emptyEngine, ...reduce(emptyEngine, progressed(job), 0) };
    state = { ...state, ...reduce(state, progressed({ ...job, done: 50 }), 1000) };
    expect(state.jobRates[4]?.bytesPerSecond).toBe(50);
    expect(state.jobs[4]?.done).toBe(50);
  });
  it('collects what a scan finds', () => {
    const found = { event: 'scan.device_found', device: { key: 'k', host: 'h' } as DeviceVm } as const;
    expect(reduce(emptyEngine, found, 0).devices).toHaveProperty('k');
    expect(reduce(emptyEngine, { event: 'scan.finished' }, 0)).toEqual({ scanning: false, scanned: true });
  });
});

const device: DeviceVm = {
  key: 'k',
  host: '192.0.2.7',
  ports: [80],
  kind: 'camera',
  evidence: [],
  confidence: 1,
  vendor: null,
  model: null,
  name: null,
  onvif_url: 'http://192.0.2.7:8899/onvif/device_service',
  rtsp_urls: ['rtsp://192.0.2.7/a', 'rtsp://192.0.2.7/b'],
  already_added: false,
  firmware: null,
  mac: null,
  brand: null,
  guesses: [],
  change: null,
  changed_from: null,
  moved_camera: null,
  seen_at: '2026-11-21T10:00:00.000Z',
};
const nobody = { user: '', password: '' };

describe('adding', () => {
  beforeEach(() => {
    vi.mocked(ipc.cameraAdd).mockReset();
    useScan.setState({ inputs: {}, adding: {}, user: 'all', password: 'one', record: true });
    useEngine.setState({ devices: {} });
  });
  it('goes over ONVIF where the device speaks it, else by its streams', () => {
    expect(addRequest(device, nobody, ' Gate ', true)).toEqual({
      record: true,
      name: 'Gate',
      host: '192.0.2.7',
      onvif_port: 8899,
    });
    const plain = { ...device, onvif_url: 'http://192.0.2.7/onvif' };
    expect(addRequest(plain, nobody, '', false).onvif_port).toBe(80);
    // A credential set goes by its id, and with it nothing that was typed.
    expect(addRequest(device, { user: 'u', password: 'p', set: 's' }, '', true)).toEqual({
      record: true,
      credentials: 's',
      host: '192.0.2.7',
      onvif_port: 8899,
    });
    expect(addRequest(plain, nobody, '', false).tls_fingerprint).toBeUndefined();
    expect(addRequest(plain, nobody, '', false, '', 'AA:BB').tls_fingerprint).toBe('AA:BB');
    expect(addRequest({ ...device, onvif_url: null }, { user: 'u', password: 'p' }, '', true)).toEqual({
      record: true,
      user: 'u',
      password: 'p',
      url: 'rtsp://192.0.2.7/a',
      sub_url: 'rtsp://192.0.2.7/b',
    });
  });
  it('takes the address of a known brand, or the one chosen, and never a guess beside ONVIF', () => {
    const guesses = [
      { purpose: 'main', url: 'rtsp://192.0.2.7/m' },
      { purpose: 'sub', url: 'rtsp://192.0.2.7/s' },
      { purpose: 'snapshot', url: 'http://192.0.2.7/j' },
    ];
    const mute = { ...device, onvif_url: null, rtsp_urls: ['rtsp://192.0.2.7/'], guesses };
    const request = (from: DeviceVm, chosen?: string) => addRequest(from, nobody, '', true, chosen);
    expect(request({ ...mute, brand: 'ACME' })).toEqual({
      record: true,
      url: 'rtsp://192.0.2.7/m',
      sub_url: 'rtsp://192.0.2.7/s',
    });
    expect(request(mute)).toEqual({ record: true, url: 'rtsp://192.0.2.7/' });
    expect(request(mute, 'rtsp://192.0.2.7/s')).toEqual({ record: true, url: 'rtsp://192.0.2.7/s' });
    expect(addressesOf(mute).map((one) => one.guess)).toEqual([false, true, true]);
    expect(addressesOf({ ...mute, onvif_url: 'http://192.0.2.7/o' })).toEqual([]);
  });
  it('tells the age and the changes of a result', () => {
    const later = { ...device, seen_at: '2026-11-21T10:01:00.000Z', change: 'gone' };
    expect(seenAt([device, later])).toBe(Date.parse(later.seen_at));
    expect(changes([device, later, { ...device, change: 'new' }, later])).toEqual([
      ['new', 1],
      ['gone', 2],
    ]);
  });
  it('uses the login for all, unless the row has its own', async () => {
    vi.mocked(ipc.cameraAdd).mockResolvedValue({ id: 'c' } as CameraVm);
    await addDevice(device);
    expect(ipc.cameraAdd).toHaveBeenLastCalledWith(expect.objectContaining({ user: 'all', password: 'one' }));
    useScan.setState({ inputs: { k: { ...NOTHING_TYPED, user: 'own', password: 'word' } } });
    await addDevice(device);
    expect(ipc.cameraAdd).toHaveBeenLastCalledWith(
      expect.objectContaining({ user: 'own', password: 'word' }),
    );
  });
  it('keeps what was typed when it fails, and goes on with the others', async () => {
    vi.mocked(ipc.cameraAdd)
      .mockRejectedValueOnce({ code: 'UNAUTHORIZED', message: 'no', params: {} })
      .mockResolvedValue({ id: 'c' } as CameraVm);
    const input = { ...NOTHING_TYPED, name: 'Gate', user: 'ana', password: 'x' };
    useScan.setState({ inputs: { k: input } });
    await addDevices([device, { ...device, key: 'k2' }]);
    expect(useScan.getState().adding).toMatchObject({
      k: { state: 'failed', error: { code: 'UNAUTHORIZED' } },
      k2: { state: 'added', camera: 'c' },
    });
    expect(useScan.getState().inputs.k).toEqual(input);
  });
  it('splits lists however they are typed', () => {
    expect(scanOf({ interfaces: 'eth0, eth1', subnets: ' 10.0.0.0/24;10.0.1.0/24 ', timeout: 5 })).toEqual({
      interfaces: ['eth0', 'eth1'],
      subnets: ['10.0.0.0/24', '10.0.1.0/24'],
      timeout_s: 5,
    });
  });
});
