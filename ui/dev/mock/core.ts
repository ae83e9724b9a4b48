/**
 * Stands in for Tauri's commands in mode `mock`: a pretended engine with made-up cameras and figures. The page's
 * address chooses what it pretends: `?cameras=9&lang=es&theme=light&path=native&long=1`.
 */

import type { AddCamera } from '../../src/gen/AddCamera';
import type { BackgroundVm } from '../../src/gen/BackgroundVm';
import type { CameraVm } from '../../src/gen/CameraVm';
import type { ConnectionVm } from '../../src/gen/ConnectionVm';
import type { CredentialSetVm } from '../../src/gen/CredentialSetVm';
import type { DeviceVm } from '../../src/gen/DeviceVm';
import type { EventVm } from '../../src/gen/EventVm';
import type { ExportJobVm } from '../../src/gen/ExportJobVm';
import type { FindingVm } from '../../src/gen/FindingVm';
import type { GapVm } from '../../src/gen/GapVm';
import type { HistoryVm } from '../../src/gen/HistoryVm';
import type { MetricsVm } from '../../src/gen/MetricsVm';
import type { MotionSettingsVm } from '../../src/gen/MotionSettingsVm';
import type { RecordVm } from '../../src/gen/RecordVm';
import type { SavedViewVm } from '../../src/gen/SavedViewVm';
import type { SegmentVm } from '../../src/gen/SegmentVm';
import type { SettingsVm } from '../../src/gen/SettingsVm';
import type { TourVm } from '../../src/gen/TourVm';
import { emit as emitAny } from './event';
import { storageCommands } from './storage';

const emit = (event: EventVm) => emitAny(event);
const ask = new URLSearchParams(location.search);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const NAMES = ask.has('long')
  ? [
      'Entrada principal – puerta giratoria y recepción, planta baja (norte)',
      'Almacén de productos refrigerados, pasillo 14, estantería del fondo',
      'Parking level −2, north-east ramp with number plate view',
      'Werkstatt-Hinterhof Lieferanteneinfahrt',
    ]
  : [
      'Gate',
      'Yard',
      'Loading dock',
      'Reception',
      'Workshop',
      'Cold store',
      'Car park east',
      'Car park west',
      'Roof',
      'Server room',
      'Corridor 1',
      'Corridor 2',
      'Canteen',
      'Packing',
      'Scales',
      'Fence north',
      'Fence south',
      'Silo',
    ];

const motion: MotionSettingsVm = {
  enabled: true,
  sensitivity: 50,
  zones: [
    {
      name: 'Gate',
      kind: 'watch',
      points: [
        [0.2, 0.3],
        [0.8, 0.3],
        [0.7, 0.9],
        [0.3, 0.9],
      ],
    },
  ],
  onvif: true,
};

const settings: SettingsVm = {
  live_path: 'auto',
  language: ask.get('lang') ?? 'en',
  theme: ask.get('theme') ?? 'dark',
  processor_limit: 90,
  close_to_tray: true,
  inhibit_sleep: true,
  notify: true,
  notify_offline_s: 30,
};

function camera(index: number, simulated = false): CameraVm {
  const host = simulated ? '127.0.0.1' : `192.168.1.${20 + index}`;
  const stream = (role: string, width: number, height: number, fps: number) => ({
    role,
    url: `rtsp://${host}:554/Streaming/Channels/10${role === 'main' ? 1 : 2}`,
    transport: 'tcp',
    snapshot_every_ms: null,
    codec: index === 3 && role === 'main' ? 'h265' : 'h264',
    width,
    height,
    fps,
    audio: role === 'main' ? 'aac' : null,
  });
  return {
    id: `00000000-0000-4000-8000-0000000000${`${index}`.padStart(2, '0')}`,
    name: simulated
      ? `Simulated camera ${index + 1} (${['gate', 'yard', 'dock', 'hall'][index % 4]})`
      : (NAMES[index % NAMES.length] ?? 'Camera'),
    host,
    onvif_url: `http://${host}/onvif/device_service`,
    streams: [stream('main', 1920, 1080, 25), stream('sub', 640, 360, 15)],
    record_mode: ['continuous', 'off', 'motion', 'schedule'][[9, 10, 11].indexOf(index) + 1] ?? 'continuous',
    schedule: null,
    pre_seconds: 5,
    post_seconds: 15,
    retention_days: index % 3 === 0 ? 14 : null,
    quota_bytes: null,
    allow_basic: false,
    enabled: index !== 5,
    group: index % 4 === 0 ? null : index % 2 === 0 ? 'North / Yard' : 'North / Gates',
    credential_set: null,
    tls_fingerprint: null,
    simulated: simulated || index === 3,
    created_at: '2026-11-18T09:12:00.000Z',
  };
}

let cameras: CameraVm[] = Array.from({ length: Number(ask.get('cameras') ?? 0) }, (_, i) => camera(i));
let devices: DeviceVm[] = [];
let sets: CredentialSetVm[] = [{ id: 'set-1', name: 'Yard', user: 'operator', cameras: 2 }];
const jobs: ExportJobVm[] = [];
const arrangement = {
  views: [] as SavedViewVm[],
  tours: [] as TourVm[],
  open: null as string | null,
  order: [] as string[],
};

/** Keeps an item in the place of the one with its id, else as a new one; tells the pages. */
function kept<T extends { id: string }>(all: T[], item: T): T {
  const made = { ...item, id: item.id || crypto.randomUUID() };
  const at = all.findIndex((one) => one.id === made.id);
  all.splice(at < 0 ? all.length : at, at < 0 ? 0 : 1, made);
  emit({ event: 'views.changed' });
  return made;
}

/** Which cameras are recorded by hand, and until when. */
const byHand = new Map<string, number | null>();
const DEMANDS: Record<string, string> = { continuous: 'now', motion: 'motion', schedule: 'nothing' };

function leftOf(id: string): MetricsVm['record_now'] {
  const until = byHand.get(id);
  if (until === undefined) return null;
  return { left_s: until === null ? null : Math.max(0, Math.ceil((until - Date.now()) / 1000)) };
}

function metrics(): MetricsVm[] {
  const now = Date.now() / 1000;
  return cameras.flatMap((one, i) =>
    one.streams.map((stream): MetricsVm => {
      const state = i === 5 ? 'backoff' : i === 6 ? 'unauthorized' : i === 7 ? 'connecting' : 'live';
      const live = state === 'live';
      const main = stream.role === 'main';
      const weak = i === 2;
      return {
        camera: one.id,
        role: stream.role,
        state,
        detail: live ? null : 'no route to host [peer=192.168.1.25:554]',
        retry_in_s: state === 'backoff' ? 30 - (Math.floor(now) % 30) : null,
        fps: live ? (main ? 25 : weak ? 12.4 : 15) + Math.sin(now + i) * 0.2 : 0,
        fps_average: live ? (main ? 24.97 : weak ? 13.1 : 14.98) : 0,
        bitrate_bps: live ? (main ? 4_100_000 : 512_000) + Math.round(Math.sin(now * 2 + i) * 60_000) : 0,
        time_source: 'rtp',
        latency_ms: live && i !== 1 ? 86 + i : null,
        latency_p95_ms: live && i !== 1 ? 131 + i : null,
        jitter_ms: 4.2,
        frames: Math.round(now % 100_000),
        dropped: 0,
        packets_lost: weak ? 214 : 0,
        loss: live ? (weak ? 0.0093 : 0) : null,
        reconnects: weak ? 2 : 0,
        health: live ? (weak ? 71 : 100) : 0,
        health_parts: weak
          ? { rate: 7, loss: 14, delay: 0, stability: 8 }
          : { rate: 0, loss: 0, delay: 0, stability: 0 },
        codec: stream.codec,
        width: stream.width,
        height: stream.height,
        recording: live && main && (one.record_mode === 'continuous' || byHand.has(one.id)),
        record_demand: !main ? 'off' : byHand.has(one.id) ? 'now' : (DEMANDS[one.record_mode] ?? 'off'),
        record_now: main ? leftOf(one.id) : null,
      };
    }),
  );
}

setInterval(() => {
  const streams = metrics();
  const live = new Set(streams.filter((one) => one.state === 'live').map((one) => one.camera)).size;
  emit({
    event: 'metrics.measured',
    streams,
    status: {
      cameras_live: live,
      cameras_total: cameras.filter((one) => one.enabled).length,
      cameras_recording: cameras.filter((one) => one.record_mode === 'continuous').length,
      cameras_waiting: cameras.filter((one) => ['motion', 'schedule'].includes(one.record_mode)).length,
      recorded_bytes_10s: live * 5_100_000,
      used_bytes: 1_284_000_000_000,
      free_bytes: 712_000_000_000,
      days_left: cameras.length > 0 ? 11.6 : null,
      machine: {
        processor: 0.62,
        processor_own: 0.21,
        cores: 8,
        memory_total: 16_600_000_000,
        memory_available: 9_100_000_000,
        memory_own: 412_000_000,
      },
    },
  });
  for (const job of jobs) {
    if (job.state !== 'running') continue;
    job.done = Math.min(job.total, job.done + 61_000_000);
    if (job.done === job.total && !ask.has('slow')) finish(job);
    emit({ event: 'export.progressed', job: { ...job } });
  }
}, 500);

function finish(job: ExportJobVm): void {
  job.state = 'done';
  job.report = {
    path: '/home/ana/Videos/Atalaya/Gate 2026-11-21 08-00-00.mp4',
    bytes: job.total,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    duration_ms: Date.parse(job.end) - Date.parse(job.start) - 41_000,
    start: job.start,
    end: job.end,
    gaps: [
      { start: job.start, end: new Date(Date.parse(job.start) + 41_000).toISOString(), cause: 'offline' },
    ],
  };
}

function job(from: string, to: string): ExportJobVm {
  const made: ExportJobVm = {
    id: jobs.length + 1,
    camera_name: cameras[0]?.name ?? 'Gate',
    start: from,
    end: to,
    state: 'running',
    done: 0,
    total: 1_800_000_000,
    report: null,
    error: null,
  };
  jobs.push(made);
  return made;
}

const day = (hours: number, minutes = 0) => {
  const at = new Date();
  at.setHours(hours, minutes, 0, 0);
  return at.getTime();
};
const iso = (time: number) => new Date(time).toISOString();
const GAPS: GapVm[] = [
  { start: iso(day(0)), end: iso(day(1, 12)), cause: 'app_closed' },
  { start: iso(day(4, 30)), end: iso(day(4, 41)), cause: 'offline' },
  { start: iso(day(8, 2)), end: iso(day(8, 3)), cause: 'loss' },
];

function history(id: string, role: string, day: boolean): HistoryVm {
  const [step, rows] = day ? [60, 1440] : [2, 300];
  const now = metrics().find((one) => one.camera === id && one.role === role);
  const start = Date.now() - rows * step * 1000;
  const wave = (value: number | null | undefined, share: number) =>
    Array.from({ length: rows }, (_, i) => {
      if (value == null || (i > rows * 0.4 && i < rows * 0.43)) return null;
      return Math.round(value * (1 + share * Math.sin(i / 9) * Math.sin(i / 31)) * 100) / 100;
    });
  return {
    camera: id,
    role,
    start: iso(start),
    step_s: step,
    fps: wave(now?.fps, 0.03),
    fps_min: wave(now && now.fps * 0.9, 0.08),
    bitrate_bps: wave(now?.bitrate_bps, 0.1),
    bitrate_max_bps: wave(now && now.bitrate_bps * 1.3, 0.2),
    latency_ms: wave(now?.latency_ms, 0.2),
    latency_p95_ms: wave(now?.latency_p95_ms, 0.3),
    jitter_ms: wave(now?.jitter_ms, 0.5),
    lost_per_s: wave(now?.packets_lost ? 1.5 : 0, 1),
    health: wave(now?.health, 0),
    reconnects_day: now?.reconnects ?? 0,
  };
}

function connections(id: string): ConnectionVm[] {
  const now = metrics().find((one) => one.camera === id);
  const at = (minutes: number) => iso(Date.now() - minutes * 60_000);
  const entry = (
    state: string,
    minutes: number,
    seconds: number | null,
    detail: string | null,
    attempts = 1,
  ) => ({
    role: 'main',
    state,
    at: at(minutes),
    seconds,
    detail,
    attempts,
  });
  return [
    entry(now?.state ?? 'idle', 41, null, now?.detail ?? null),
    entry('backoff', 43, 121, 'the camera does not answer [peer=192.168.1.22:554, waited=5s]', 24),
    entry('live', 190, 8820, null),
    entry('connecting', 190, 1.4, null),
  ];
}

function segments(id: string): SegmentVm[] {
  const list: SegmentVm[] = [];
  const now = Date.now();
  for (let at = day(1, 12), i = 1; at < now; at += 60_000, i += 1) {
    if (GAPS.some((gap) => at >= Date.parse(gap.start) && at < Date.parse(gap.end ?? ''))) continue;
    const open = at + 60_000 > now;
    list.push({
      id: i,
      camera: id,
      start: iso(at),
      end: iso(Math.min(now, at + 60_000)),
      bytes: 30_412_000 + ((i * 7919) % 900_000),
      codec: 'h264',
      width: 1920,
      height: 1080,
      audio: 'aac',
      path: `/home/ana/atalaya/recordings/cam/${i}.mp4`,
      volume: 'v1',
      open,
    });
  }
  return list;
}

const FOUND: Partial<DeviceVm>[] = [
  {
    host: '192.168.1.20',
    vendor: 'Hikvision',
    model: 'DS-2CD2043G2-I',
    name: 'HIKVISION DS-2CD2043G2-I',
    evidence: ['open_port', 'http', 'rtsp_options', 'rtsp_describe', 'ws_discovery', 'onvif_time'],
    confidence: 0.998,
    ports: [80, 554, 8000],
  },
  {
    host: '192.168.1.21',
    vendor: 'Dahua',
    model: 'IPC-HFW2431S',
    name: 'Yard',
    evidence: [
      'open_port',
      'http',
      'rtsp_options',
      'rtsp_describe',
      'ws_discovery',
      'onvif_time',
      'onvif_device_information',
    ],
    confidence: 0.999,
    ports: [80, 554],
  },
  {
    host: '192.168.1.34',
    vendor: null,
    model: null,
    name: null,
    evidence: ['open_port', 'rtsp_options', 'rtsp_describe'],
    confidence: 0.92,
    ports: [554],
  },
  {
    host: '192.168.1.35',
    vendor: 'TP-Link',
    model: 'Tapo C320WS',
    name: 'Tapo_Camera_9F2E – terrasse côté jardin, très long nom d’appareil',
    evidence: ['open_port', 'rtsp_options', 'ws_discovery', 'onvif_time'],
    confidence: 0.97,
    ports: [554, 2020],
  },
  {
    host: '192.168.1.40',
    vendor: 'Hikvision',
    model: 'DS-7608NI-K2',
    name: 'Network Video Recorder',
    kind: 'recorder',
    evidence: ['open_port', 'http', 'rtsp_options', 'ws_discovery'],
    confidence: 0.95,
    ports: [80, 443, 554, 8000],
  },
  {
    host: '192.168.1.1',
    vendor: null,
    model: null,
    name: null,
    kind: 'other',
    evidence: ['open_port', 'http'],
    confidence: 0.07,
    ports: [80, 443],
  },
  {
    host: '192.168.1.60',
    vendor: null,
    model: null,
    name: 'NPI8D2F41',
    kind: 'other',
    evidence: ['open_port', 'http'],
    confidence: 0.07,
    ports: [80, 8080],
  },
];

const device = (from: Partial<DeviceVm>): DeviceVm => ({
  key: `${from.host}:${from.onvif_url ?? ''}`,
  host: '',
  ports: [],
  kind: 'camera',
  evidence: [],
  confidence: 0,
  vendor: null,
  model: null,
  name: null,
  onvif_url: null,
  rtsp_urls: [],
  already_added: false,
  firmware: null,
  mac: null,
  brand: null,
  guesses: [],
  change: null,
  changed_from: null,
  moved_camera: null,
  seen_at: new Date().toISOString(),
  ...from,
});

let simulating = false;
let scan = 0;

async function runScan(hosts: Partial<DeviceVm>[]): Promise<void> {
  scan += 1;
  const mine = scan;
  devices = [];
  for (const from of hosts) {
    await pause(220);
    if (scan !== mine) return;
    const found = device(from);
    devices.push(found);
    emit({ event: 'scan.device_found', device: found });
  }
  await pause(400);
  if (scan === mine) emit({ event: 'scan.finished' });
}

let examination = 0;

const FINDINGS: Partial<FindingVm>[] = [
  { step: 'route', found: 'route_direct', params: { interface: 'eth0', source: '192.168.1.10' } },
  { step: 'neighbour', found: 'neighbour_present', params: { mac: '44:19:b6:00:12:34' } },
  { step: 'ports', found: 'ports_open', params: { open: '80, 554, 8000' } },
  { step: 'http', found: 'web_server', params: { server: 'App-webs/', port: '80' } },
  {
    step: 'onvif',
    found: 'onvif_answers',
    params: { url: 'http://192.168.1.20/onvif/device_service' },
  },
  { step: 'multicast', found: 'multicast_heard' },
  { step: 'clock', found: 'clock_off', state: 'warning', ok: false, params: { offset: '-3 h 20 min' } },
  { step: 'login', found: 'login_refused', state: 'failed', ok: false, params: { user: 'admin' } },
  { step: 'verdict', found: 'concluded', state: 'failed', ok: false, advice_code: 'WRONG_PASSWORD' },
];

async function runDoctor(run: number): Promise<void> {
  for (const finding of FINDINGS) {
    await pause(300);
    if (run !== examination) return;
    emit({
      event: 'doctor.found',
      run,
      finding: {
        step: '',
        stream: null,
        ok: true,
        state: 'passed',
        found: '',
        params: {},
        advice_code: null,
        ...finding,
      },
    });
  }
  emit({ event: 'doctor.finished', run });
}

const fail = (code: string, message: string, params: Record<string, string>) => {
  throw { code, message, params };
};

function picture(): string {
  const canvas = document.createElement('canvas');
  canvas.width = 640;
  canvas.height = 360;
  const to = canvas.getContext('2d');
  if (to) {
    const sky = to.createLinearGradient(0, 0, 0, 360);
    sky.addColorStop(0, '#34495e');
    sky.addColorStop(1, '#7f8c6d');
    to.fillStyle = sky;
    to.fillRect(0, 0, 640, 360);
    to.fillStyle = '#2b2f33';
    to.fillRect(0, 250, 640, 110);
    to.fillStyle = '#c9c4b5';
    to.fillRect(380, 130, 170, 140);
  }
  return canvas.toDataURL('image/jpeg');
}

type Args = Record<string, unknown>;
const COMMANDS: Record<string, (args: Args) => unknown> = {
  ...storageCommands(() => cameras),
  camera_list: () => cameras,
  camera_add: async ({ camera: asked }) => {
    const add = asked as AddCamera;
    await pause(500);
    if (add.host === '192.168.1.20' && add.password !== 'secret') {
      fail('UNAUTHORIZED', 'the camera refused the login', {
        host: '192.168.1.20',
        soap_fault: 'ter:NotAuthorized',
      });
    }
    const made = {
      ...camera(cameras.length, add.host === '127.0.0.1'),
      record_mode: add.record ? 'continuous' : 'off',
    };
    if (add.name) made.name = add.name;
    cameras = [...cameras, made];
    devices = devices.map((one) =>
      one.host === add.host && one.host !== '127.0.0.1' ? { ...one, already_added: true } : one,
    );
    emit({ event: 'cameras.changed' });
    return made;
  },
  camera_edit: ({ id, changes }) => {
    const { enabled, group } = changes as { enabled?: boolean; group?: string };
    cameras = cameras.map((one) =>
      one.id === id ? { ...one, enabled: enabled ?? one.enabled, group: (group ?? one.group) || null } : one,
    );
    return cameras.find((one) => one.id === id);
  },
  camera_clone: ({ id }) => cameras.find((one) => one.id === id),
  camera_follow: ({ id }) => cameras.find((one) => one.id === id),
  credential_set_list: () => sets,
  credential_set_add: ({ name, user }) => {
    const set = { id: `set-${name}`, name: `${name}`, user: `${user}`, cameras: 0 };
    sets = [...sets, set];
    return set;
  },
  credential_set_change: ({ id }) => sets.find((one) => one.id === id),
  credential_set_remove: ({ id }) => {
    const set = sets.find((one) => one.id === id);
    sets = sets.filter((one) => one.id !== id);
    return set;
  },
  camera_remove: ({ id }) => {
    cameras = cameras.filter((one) => one.id !== id);
    return null;
  },
  camera_test: async ({ id }) => {
    await pause(700);
    const one = cameras.find((it) => it.id === id);
    return one?.streams.map((stream, i) => ({
      role: stream.role,
      ok: i === 0,
      first_picture_ms: i === 0 ? 412 : null,
      stream,
      audio_note: null,
      error:
        i === 0
          ? null
          : {
              code: 'TIMEOUT',
              message: 'no key picture came',
              params: { peer: `${one.host}:554`, waited: '10s' },
            },
    }));
  },
  camera_snapshot: () => picture(),
  camera_snapshot_copy: () => null,
  camera_snapshot_save: () => '/home/ana/Videos/Atalaya/Gate 2026-11-21 11-42-07.jpg',
  record_set: ({ id, record: asked }) => {
    const { mode, ...record } = asked as RecordVm;
    cameras = cameras.map((one) => (one.id === id ? { ...one, ...record, record_mode: mode } : one));
    return cameras.find((one) => one.id === id);
  },
  record_now: ({ id, seconds }) => {
    byHand.set(`${id}`, seconds === null ? null : Date.now() + Number(seconds) * 1000);
    return null;
  },
  record_stop: ({ id }) => {
    byHand.delete(`${id}`);
    return null;
  },
  scan_start: ({ scan: asked }) => {
    const local = (asked as { interfaces: string[] }).interfaces.includes('127.0.0.1');
    void runScan(
      local && simulating
        ? [0, 1, 2, 3].map((i) => ({
            host: '127.0.0.1',
            vendor: 'Atalaya',
            model: 'Simulated camera',
            name: `Simulated camera ${i + 1}`,
            onvif_url: `http://127.0.0.1:${8600 + i}/onvif/device_service`,
            confidence: 0.999,
          }))
        : ask.has('nothing')
          ? []
          : FOUND.map((one) => ({
              ...one,
              already_added: cameras.some((it) => it.host === one.host && it.host !== '192.168.1.20'),
            })),
    );
    return null;
  },
  scan_cancel: () => {
    scan += 1;
    emit({ event: 'scan.finished' });
    return null;
  },
  scan_list: () => devices,
  doctor_start: () => {
    examination += 1;
    void runDoctor(examination);
    return examination;
  },
  doctor_cancel: () => {
    emit({ event: 'doctor.finished', run: examination });
    examination += 1;
    return null;
  },
  live_endpoint: async () => {
    const { port } = await (await fetch('/mock/endpoint')).json();
    return {
      url: `ws://127.0.0.1:${port}/live`,
      token: settings.live_path === 'native' || ask.get('path') === 'native' ? 'native' : 'webview',
    };
  },
  health_history: ({ camera: id, role, span }) => history(`${id}`, `${role}`, span === 'day'),
  health_log: ({ camera: id }) => connections(`${id}`),
  live_decisions: () => [
    {
      at: new Date(Date.now() - 30_000).toISOString(),
      camera: camera(1).id,
      mode: 'key_frames',
      reason: 'processor_busy',
      value: 0.97,
    },
  ],
  recording_list: ({ camera: id }) => segments(id as string),
  recording_gaps: () => GAPS,
  recording_coverage: () => ({ seconds_expected: 39_960, seconds_recorded: 39_201.4, coverage: 0.98101 }),
  timeline: ({ cameras: ids, from, to }) => ({
    resolution: 'span',
    cameras: (ids as string[]).map((camera) => ({
      camera,
      spans: [{ start: from as string, end: to as string, cause: null }],
      days: [],
    })),
  }),
  recording_playback: async () => {
    const { init, count } = await (await fetch('/mock/init')).json();
    return {
      mime: 'video/mp4; codecs="avc1.640028"',
      init,
      fragments: Array.from({ length: count }, (_, i) => ({ start_s: i * 2, duration_s: 2 })),
    };
  },
  recording_fragment: async ({ index }) => (await fetch(`/mock/fragment/${index}`)).arrayBuffer(),
  export_start: ({ from, to }) => job(from as string, to as string),
  export_cancel: ({ id }) => {
    const one = jobs.find((it) => it.id === id);
    if (one) {
      one.state = 'cancelled';
      emit({ event: 'export.progressed', job: { ...one } });
    }
    return null;
  },
  export_list: () => jobs,
  simulator_start: async () => {
    await pause(300);
    simulating = true;
    return null;
  },
  saved_view_list: () => arrangement,
  saved_view_save: ({ view }) => kept(arrangement.views, view as SavedViewVm),
  saved_view_remove: ({ id }) => {
    arrangement.views = arrangement.views.filter((one) => one.id !== id);
    return null;
  },
  saved_view_reorder: ({ ids }) => {
    const place = (view: SavedViewVm) => (ids as string[]).indexOf(view.id);
    arrangement.views.sort((a, b) => place(a) - place(b));
    return null;
  },
  saved_view_open: ({ id }) => {
    arrangement.open = id as string | null;
    return null;
  },
  saved_view_arrange: ({ cameras: order }) => {
    arrangement.order = order as string[];
    return null;
  },
  saved_view_save_tour: ({ tour }) => kept(arrangement.tours, tour as TourVm),
  saved_view_remove_tour: ({ id }) => {
    arrangement.tours = arrangement.tours.filter((one) => one.id !== id);
    return null;
  },
  window_open: () => null,
  window_monitors: () =>
    ['DELL U2415', 'DELL U2415'].slice(0, ask.has('monitors') ? 2 : 1).map((name, at) => ({
      name,
      x: 1920 * at,
      y: 0,
      width: 1920,
      height: 1200,
      scale: 1,
      here: at === 0,
    })),
  window_full_screen: ({ on }) => on ?? true,
  window_shows: () => null,
  window_restarted: () => ask.has('restarted'),
  settings_get: () => settings,
  settings_set: ({ settings: next }) => {
    Object.assign(settings, next);
    return null;
  },
  device_notices: () => [
    { camera: camera(0).id, notice: 'motion', since: null },
    { camera: camera(1).id, notice: 'frozen', since: new Date(Date.now() - 90_000).toISOString() },
    { camera: camera(2).id, notice: 'covered', since: new Date().toISOString() },
  ],
  device_capability: () => ({
    vendor: 'Acme',
    model: 'Dome 4',
    firmware: '2.8.1',
    serial: 'AC4-0117',
    clock_offset_ms: -7_200_400,
    media_version: 2,
    services: ['ptz', 'imaging', 'events'],
    profiles: [],
    encoders: [
      {
        token: 'main',
        codec: 'H264',
        width: 1920,
        height: 1080,
        fps: 25,
        bitrate_kbps: 4096,
        gop: 250,
        options: [
          {
            codec: 'H264',
            sizes: ['1920x1080', '1280x720'],
            fps: [1, 25],
            bitrate_kbps: [64, 8192],
            gop: [1, 400],
          },
        ],
      },
    ],
    users: [{ name: 'admin', level: 'Administrator' }],
    quirks: ['foreign_service_host', 'clock_far_off'],
    measured: [],
    warnings: ['gop_long', 'clock_wrong'],
  }),
  device_imaging: () => ({
    brightness: { value: 50, min: 0, max: 100 },
    contrast: null,
    saturation: null,
    sharpness: null,
    ir_cut: 'auto',
    ir_cut_modes: ['on', 'off', 'auto'],
    auto_focus: null,
    focus: false,
  }),
  motion_settings: () => motion,
  motion_set: ({ settings: next }) => Object.assign(motion, next),
  motion_status: ({ camera: id }) => ({
    camera: id,
    sight: motion.enabled ? 'watching' : 'off',
    level: motion.enabled ? Math.round(50 + 45 * Math.sin(Date.now() / 900)) : null,
    moving: motion.enabled && Math.sin(Date.now() / 900) > 0,
    hearing: 'listening',
    onvif_moving: false,
  }),
  motion_events: () => [],
  ptz_get: () => ({
    continuous: { pan_tilt: true, zoom: true },
    relative: { pan_tilt: true, zoom: true },
    absolute: { pan_tilt: true, zoom: true },
    home: true,
    presets_max: 64,
    status: null,
    presets: [{ token: '1', name: 'Entrance', place: null, picture: null }],
  }),
  ptz_drive: () => null,
  ptz_stop: () => null,
  ptz_go_to: () => null,
  background_get: (): BackgroundVm => ({
    recorded: cameras.length,
    recording: cameras.length,
    sleep: ask.has('awake') ? 'failed' : cameras.length > 0 ? 'held' : 'free',
    sleep_detail: ask.has('awake') ? 'Permission denied' : null,
    question: ask.get('question'),
  }),
  background_keep: () => null,
  background_stay: () => null,
  background_leave: () => null,
  background_quit: () => null,
  background_speak: () => null,
  background_at_login: () => false,
  background_set_at_login: () => null,
  key_status: () => ({
    place: 'file',
    location: '/home/ana/.local/share/atalaya/secret.key',
    fingerprint: '5f1c09ae',
  }),
  key_rotate: () => ({
    key: {
      place: 'file',
      location: '/home/ana/.local/share/atalaya/secret.key',
      fingerprint: 'c07a11e5',
    },
    logins: cameras.length,
  }),
  camera_export: ({ passphrase }) => ({
    path: '/home/ana/Videos/Atalaya/cameras_2026-11-21_100500.123Z.json',
    bytes: 4096,
    cameras: cameras.length,
    logins: passphrase ? cameras.length : 0,
    credential_sets: passphrase ? sets.length : 0,
    views: arrangement.views.length + arrangement.tours.length,
  }),
  camera_import: ({ replace }) => ({
    changed: Boolean(replace),
    credential_sets: [],
    views: 0,
    cameras: cameras.slice(0, 2).map((one) => ({
      id: one.id,
      name: one.name,
      outcome: replace ? 'replaced' : 'conflict',
      existing: one.name,
      login: false,
    })),
  }),
  app_info: () => ({
    version: '0.1.0',
    data_dir: '/home/ana/.local/share/atalaya',
    export_dir: '/home/ana/Videos/Atalaya',
    simulator_running: simulating,
  }),
};

if (ask.has('jobs') && cameras.length > 0) {
  finish(job(iso(day(8)), iso(day(9))));
  const failed = job(iso(day(6)), iso(day(6, 30)));
  failed.state = 'failed';
  failed.error = {
    code: 'STORAGE_FULL',
    message: 'no space left for the export',
    params: { path: '/home/ana/Videos/Atalaya' },
  };
  const running = job(iso(day(7)), iso(day(7, 45)));
  running.done = 700_000_000;
  running.total = 90_000_000_000;
}

export async function invoke(command: string, args: Args = {}): Promise<unknown> {
  const run = COMMANDS[command];
  if (!run) throw { code: 'INTERNAL', message: `no such command: ${command}`, params: {} };
  return structuredClone(await run(args));
}
