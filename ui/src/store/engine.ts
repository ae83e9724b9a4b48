/**
 * Owns what the page knows of the engine: cameras, figures, devices found, export jobs, settings. Filled once at
 * start and kept up to date by events. Holds no opinion: whatever has to be decided, the engine's presenters decide.
 */
import { create } from 'zustand';
import { toUserError } from '../errors';
import type { AppInfoVm } from '../gen/AppInfoVm';
import type { BackgroundVm } from '../gen/BackgroundVm';
import type { CameraVm } from '../gen/CameraVm';
import type { DeviceVm } from '../gen/DeviceVm';
import type { EventVm } from '../gen/EventVm';
import type { ExportJobVm } from '../gen/ExportJobVm';
import type { KeyStatusVm } from '../gen/KeyStatusVm';
import type { MetricsVm } from '../gen/MetricsVm';
import type { SettingsVm } from '../gen/SettingsVm';
import type { StatusVm } from '../gen/StatusVm';
import type { UserError } from '../gen/UserError';
import * as ipc from '../ipc';
import { loadViews } from './views';
import { further } from './window';

/** How fast a job goes on, from the events seen. */
export interface JobRate {
  bytesPerSecond: number;
  done: number;
  atMs: number;
}

export interface EngineState {
  loaded: boolean;
  loadError: UserError | null;
  cameras: CameraVm[];
  /** By `camera/role`. */
  metrics: Record<string, MetricsVm>;
  status: StatusVm | null;
  /** When each camera that is not live was last live, or first seen not to be, in milliseconds since 1970. */
  offlineSince: Record<string, number>;
  /** What cameras notice by themselves now, by camera: `motion`, `tamper`, `input`; and what is seen in their pictures. */
  notices: Record<string, string[]>;
  /** When what is noticed began, by `camera/notice`, where it is known; kept after it has ended. */
  noticedAt: Record<string, string>;
  devices: Record<string, DeviceVm>;
  scanning: boolean;
  scanned: boolean;
  jobs: Record<number, ExportJobVm>;
  jobRates: Record<number, JobRate>;
  settings: SettingsVm | null;
  background: BackgroundVm | null;
  info: AppInfoVm | null;
  key: KeyStatusVm | null;
}

export const emptyEngine: EngineState = {
  loaded: false,
  loadError: null,
  cameras: [],
  metrics: {},
  status: null,
  offlineSince: {},
  notices: {},
  noticedAt: {},
  devices: {},
  scanning: false,
  scanned: false,
  jobs: {},
  jobRates: {},
  settings: null,
  background: null,
  info: null,
  key: null,
};

export const useEngine = create<EngineState>(() => emptyEngine);

/** Key of a stream's figures. */
export const streamKey = (camera: string, role: string) => `${camera}/${role}`;

/** Key of a notice's time. */
export const noticeKey = (camera: string, notice: string) => `${camera}/${notice}`;

/** The figures that stand for a camera: those of the stream that flows, the main one before the sub-stream. */
export function cameraMetrics(metrics: Record<string, MetricsVm>, camera: string): MetricsVm | undefined {
  const both = [metrics[streamKey(camera, 'main')], metrics[streamKey(camera, 'sub')]];
  return (
    both.find((m) => m?.state === 'live') ?? both.find((m) => m && m.state !== 'idle') ?? both[0] ?? both[1]
  );
}

/** Whether any stream of the camera is being recorded, proven by bytes. */
export function isRecording(metrics: Record<string, MetricsVm>, camera: string): boolean {
  return ['main', 'sub'].some((role) => metrics[streamKey(camera, role)]?.recording === true);
}

/** The state after an event. Pure. */
export function reduce(state: EngineState, event: EventVm, nowMs: number): Partial<EngineState> {
  switch (event.event) {
    case 'metrics.measured': {
      const metrics: Record<string, MetricsVm> = {};
      for (const stream of event.streams) metrics[streamKey(stream.camera, stream.role)] = stream;
      const offlineSince: Record<string, number> = {};
      for (const stream of event.streams) {
        const main = cameraMetrics(metrics, stream.camera);
        if (main && !['live', 'idle'].includes(main.state)) {
          offlineSince[stream.camera] = state.offlineSince[stream.camera] ?? nowMs;
        }
      }
      return { metrics, status: event.status, offlineSince };
    }
    case 'camera.state_changed': {
      const key = streamKey(event.camera, event.role);
      const before = state.metrics[key];
      if (!before) return {};
      return {
        metrics: { ...state.metrics, [key]: { ...before, state: event.state, detail: event.detail } },
      };
    }
    case 'motion.changed':
      // What the camera says itself comes as a notice of its own.
      return event.source === 'own' ? { notices: noticed(state, event.camera, 'moving', event.active) } : {};
    case 'camera.noticed': {
      const notices = noticed(state, event.camera, event.notice, event.active);
      if (!event.active) return { notices };
      const key = noticeKey(event.camera, event.notice);
      return { notices, noticedAt: { ...state.noticedAt, [key]: event.at } };
    }
    case 'settings.changed':
      return { settings: event.settings };
    case 'background.changed':
      return { background: event.background };
    case 'scan.device_found':
      return { devices: { ...state.devices, [event.device.key]: event.device } };
    case 'scan.finished':
      return { scanning: false, scanned: true };
    case 'export.progressed': {
      const { job } = event;
      return {
        jobs: { ...state.jobs, [job.id]: job },
        jobRates: { ...state.jobRates, [job.id]: rate(state.jobRates[job.id], job.done, nowMs) },
      };
    }
    default:
      return {};
  }
}

function noticed(state: EngineState, camera: string, notice: string, active: boolean) {
  const others = (state.notices[camera] ?? []).filter((one) => one !== notice);
  return { ...state.notices, [camera]: active ? [...others, notice] : others };
}

function rate(before: JobRate | undefined, done: number, atMs: number): JobRate {
  if (!before || done < before.done) return { bytesPerSecond: 0, done, atMs };
  const seconds = (atMs - before.atMs) / 1000;
  if (seconds < 0.2) return before;
  const now = (done - before.done) / seconds;
  const smooth = before.bytesPerSecond === 0 ? now : before.bytesPerSecond * 0.7 + now * 0.3;
  return { bytesPerSecond: smooth, done, atMs };
}

/** Reads the cameras again. */
export async function loadCameras(): Promise<void> {
  useEngine.setState({ cameras: await ipc.cameraList() });
}

/** Reads the export jobs again. */
export async function loadJobs(): Promise<void> {
  const jobs = await ipc.exportList();
  useEngine.setState({ jobs: Object.fromEntries(jobs.map((job) => [job.id, job])) });
}

/** Reads what only the settings page shows. */
export async function loadInfo(): Promise<void> {
  const [info, key] = await Promise.all([ipc.appInfo(), ipc.keyStatus()]);
  useEngine.setState({ info, key });
}

/** Reads how the program goes on without a window. */
export async function loadBackground(): Promise<void> {
  useEngine.setState({ background: await ipc.backgroundGet() });
}

/** Stores settings and shows them. */
export async function saveSettings(changes: Partial<SettingsVm>): Promise<void> {
  const before = useEngine.getState().settings;
  if (!before) return;
  const settings = { ...before, ...changes };
  await ipc.settingsSet(settings);
  useEngine.setState({ settings });
}

/** How often figures are taken that nobody can see. */
const HIDDEN_EVERY_MS = 10_000;
let takenAt = 0;

const listeners = new Set<(event: EventVm) => void>();

/** Calls `handler` for each event after the store has taken it; the answer stops it. */
export function onEvent(handler: (event: EventVm) => void): () => void {
  listeners.add(handler);
  return () => listeners.delete(handler);
}

/** Subscribes to the engine and reads everything once. */
export async function connectEngine(): Promise<void> {
  try {
    await ipc.onEngine((event) => {
      const now = Date.now();
      const figures = event.event === 'metrics.measured';
      if (!figures || !document.hidden || now - takenAt >= HIDDEN_EVERY_MS) {
        useEngine.setState((state) => reduce(state, event, now));
        if (figures) takenAt = now;
      }
      if (event.event === 'cameras.changed') loadCameras().catch(() => undefined);
      // Of events that were missed the first one remains: then all is read anew.
      if (['cameras.changed', 'views.changed'].includes(event.event)) loadViews().catch(() => undefined);
      for (const listener of listeners) listener(event);
    });
    const [settings, cameras, jobs, devices, noticed] = await Promise.all([
      ipc.settingsGet(),
      ipc.cameraList(),
      further ? [] : ipc.exportList(),
      further ? [] : ipc.scanList(),
      ipc.deviceNotices(),
      loadViews(),
    ]);
    useEngine.setState({
      settings,
      cameras,
      jobs: Object.fromEntries(jobs.map((job) => [job.id, job])),
      notices: Object.fromEntries(
        cameras.map(({ id }) => [id, noticed.filter((one) => one.camera === id).map((one) => one.notice)]),
      ),
      noticedAt: Object.fromEntries(
        noticed.flatMap(({ camera, notice, since }) => (since ? [[noticeKey(camera, notice), since]] : [])),
      ),
      devices: Object.fromEntries(devices.map((device) => [device.key, device])),
      scanned: devices.length > 0,
      loaded: true,
      loadError: null,
    });
    if (!further) {
      loadInfo().catch(() => undefined);
      loadBackground().catch(() => undefined);
    }
  } catch (error) {
    useEngine.setState({ loaded: true, loadError: toUserError(error) });
  }
}
