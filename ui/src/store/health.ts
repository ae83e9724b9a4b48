/**
 * Owns the figures over time that the health page draws: those of each camera while the page is open, read from the
 * engine once and continued from its events, and the program's own, gathered here as long as the window lives.
 */
import { create } from 'zustand';
import { toUserError } from '../errors';
import type { HistoryVm } from '../gen/HistoryVm';
import type { MetricsVm } from '../gen/MetricsVm';
import type { StatusVm } from '../gen/StatusVm';
import type { UserError } from '../gen/UserError';
import { healthHistory } from '../ipc';
import { type Figure, fillFrom, SPANS, streamTrace, Trace } from '../trace';
import { cameraMetrics, onEvent, useEngine } from './engine';

/** The program's figures over time: what each is read from. A chart names those it draws. */
export const APP_FIGURES = {
  /** Bytes a second that reached the disk. */
  written: (status) => status.recorded_bytes_10s / 10,
  /** Shares of the computer's processor cores together. */
  processor: (status) => status.machine?.processor ?? null,
  processorOwn: (status) => status.machine?.processor_own ?? null,
  /** Resident bytes. */
  memoryOwn: (status) => status.machine?.memory_own ?? null,
} satisfies Record<string, (status: StatusVm) => number | null>;
export type AppFigure = keyof typeof APP_FIGURES;

/** Seconds that the program's figures go back. */
export const APP_SPAN_S = 3600;
const STEP_S = SPANS.recent.stepS;
/** Events come more often than rows; one that is a little early counts. */
const DUE_S = STEP_S - 0.25;
/** Histories that are read at once. */
const AT_ONCE = 4;

const appNames = Object.keys(APP_FIGURES) as AppFigure[];
export const appTrace = new Trace<AppFigure>(appNames, STEP_S, APP_SPAN_S / STEP_S);

onEvent((event) => {
  const now = Date.now() / 1000;
  if (event.event !== 'metrics.measured' || now - (appTrace.times.at(-1) ?? 0) < DUE_S) return;
  const row = appNames.map((name) => [name, APP_FIGURES[name](event.status)]);
  appTrace.push(now, Object.fromEntries(row) as Record<AppFigure, number | null>);
});

export interface HealthState {
  /** Cameras whose history is still being read. */
  loading: number;
  error: UserError | null;
  /** Connections made again in the last 24 hours, by camera. */
  reconnects: Record<string, number>;
  /** The stream whose figures are drawn, by camera. */
  roles: Record<string, string>;
  /** The camera whose details are open. */
  open: string | null;
}

export const useHealth = create<HealthState>(() => ({
  loading: 0,
  error: null,
  reconnects: {},
  roles: {},
  open: null,
}));

const traces = new Map<string, Trace>();

/** A camera's last ten minutes. */
export function traceOf(camera: string): Trace {
  const trace = traces.get(camera) ?? streamTrace('recent');
  traces.set(camera, trace);
  return trace;
}

/** A row from a stream's newest figures; `before` is what was seen a step earlier. */
export function rowOf(
  m: MetricsVm | undefined,
  before: MetricsVm | undefined,
  seconds: number,
): Record<Figure, number | null> {
  const known = m !== undefined && m.state !== 'idle';
  const live = m?.state === 'live';
  const flow = (value: number | undefined) => (known ? (live ? (value ?? 0) : 0) : null);
  const measured = (value: number | null | undefined) => (live ? (value ?? null) : null);
  const lost =
    m && before && m.packets_lost >= before.packets_lost ? m.packets_lost - before.packets_lost : 0;
  return {
    fps: flow(m?.fps),
    fps_min: flow(m?.fps),
    bitrate_bps: flow(m?.bitrate_bps),
    bitrate_max_bps: flow(m?.bitrate_bps),
    latency_ms: measured(m?.latency_ms),
    latency_p95_ms: measured(m?.latency_p95_ms),
    jitter_ms: measured(m?.jitter_ms),
    lost_per_s: known ? lost / seconds : null,
    health: known ? m.health : null,
  };
}

const isKnown = (history: HistoryVm) => history.fps.some((value) => value !== null);

/** Reads the cameras' histories and continues them until the answer is called. */
export function followCameras(cameras: readonly string[]): () => void {
  const seen = new Map<string, MetricsVm | undefined>();
  const roles = new Map<string, string>();
  let over = false;
  let waiting = [...cameras];
  for (const camera of traces.keys()) if (!cameras.includes(camera)) traces.delete(camera);
  useHealth.setState({ loading: cameras.length, error: null });

  const load = async (camera: string) => {
    const flows = cameraMetrics(useEngine.getState().metrics, camera)?.role;
    const role = flows ?? 'main';
    roles.set(camera, role);
    let history = await healthHistory(camera, role, 'recent');
    // Nobody wants its pictures now: perhaps the grid wanted the small ones a moment ago.
    if (!flows && !isKnown(history)) {
      const small = await healthHistory(camera, 'sub', 'recent');
      if (isKnown(small)) history = small;
    }
    if (over || roles.get(camera) !== role) return;
    fillFrom(traceOf(camera), history);
    useHealth.setState((state) => ({
      reconnects: { ...state.reconnects, [camera]: history.reconnects_day },
      roles: { ...state.roles, [camera]: history.role },
    }));
  };
  const fail = (error: unknown) => {
    if (!over) useHealth.setState({ error: toUserError(error) });
  };
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && !over; next = waiting.shift()) {
      await load(next).catch(fail);
      if (!over) useHealth.setState((state) => ({ loading: state.loading - 1 }));
    }
  };
  for (let i = 0; i < AT_ONCE; i += 1) void work();

  let pushedAt = Date.now() / 1000;
  const stop = onEvent((event) => {
    if (event.event !== 'metrics.measured') return;
    const { metrics } = useEngine.getState();
    const now = Date.now() / 1000;
    if (now - pushedAt < DUE_S) return;
    const seconds = now - pushedAt;
    pushedAt = now;
    for (const camera of cameras) {
      if (!roles.has(camera)) continue;
      const m = cameraMetrics(metrics, camera);
      const before = seen.get(camera);
      seen.set(camera, m);
      if (m && m.role !== roles.get(camera)) {
        void load(camera).catch(fail);
        continue;
      }
      traceOf(camera).push(now, rowOf(m, before, seconds));
      const again = m && before ? Math.max(0, m.reconnects - before.reconnects) : 0;
      if (again > 0) {
        useHealth.setState(({ reconnects }) => ({
          reconnects: { ...reconnects, [camera]: (reconnects[camera] ?? 0) + again },
        }));
      }
    }
  });
  return () => {
    over = true;
    waiting = [];
    stop();
  };
}
