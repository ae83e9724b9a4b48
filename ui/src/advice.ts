/**
 * Owns what to do about a camera: from its figures to the name of an advice, worst first, and the order of cameras by
 * it. Pure; the sentences are in the language files under `health.advice`.
 */
import type { CameraVm } from './gen/CameraVm';
import type { MetricsVm } from './gen/MetricsVm';

/** How much it matters: a camera is missing, its pictures suffer, or something would be nice to know. */
export type Severity = 'bad' | 'warn' | 'note';

const SEVERITY = {
  login: 'bad',
  stopped: 'bad',
  offline: 'bad',
  notWritten: 'bad',
  lossUdp: 'warn',
  lossTcp: 'warn',
  reconnects: 'warn',
  rate: 'warn',
  latency: 'warn',
  clockWrong: 'note',
  clockUnknown: 'note',
} as const satisfies Record<string, Severity>;
export type Advice = keyof typeof SEVERITY;

export const severityOf = (advice: Advice): Severity => SEVERITY[advice];

/** Points that the health score takes off for 1 % of lost packets in a minute (`model::health`: 30 at 2 %). */
const LOSS_POINTS = 15;
/** Points for two reconnects in the last hour (20 at five). */
const STABILITY_POINTS = 8;
/** Reconnects in a day that are no accident any more. */
const RECONNECTS_A_DAY = 6;
/** A stream that gives less than this share of its declared pictures lacks some. */
const RATE_SHARE = 0.8;
/** Latency (95th percentile) above which live is late, in milliseconds. */
const LATENCY_MS = 1000;
/** Latencies that no network has: the two clocks disagree, in milliseconds. */
const CLOCK_MS = { least: -200, most: 20_000 };
/** Seconds of pictures that come before a young stream is judged. */
const YOUNG_S = 15;

/** What is known of a camera. */
export interface Situation {
  camera: Pick<CameraVm, 'enabled' | 'record_mode' | 'streams'>;
  /** The figures that stand for it; none while nobody wants its pictures. */
  metrics: MetricsVm | undefined;
  /** Whether bytes of it were written a moment ago. */
  recording: boolean;
  /** Connections made again in the last 24 hours. */
  reconnectsDay: number;
}

/** What to do about a camera, worst first. */
export function adviceFor({ camera, metrics: m, recording, reconnectsDay }: Situation): Advice[] {
  if (!camera.enabled || !m || m.state === 'idle') return [];
  const found: Advice[] = [];
  if (m.state === 'unauthorized') found.push('login');
  if (m.state === 'stopped') found.push('stopped');
  if (m.state === 'backoff') found.push('offline');
  const live = m.state === 'live';
  const stream = camera.streams.find((one) => one.role === m.role);
  const settled = live && m.frames > m.fps * YOUNG_S;
  if (settled && m.role === 'main' && m.record_demand === 'now' && !recording) found.push('notWritten');
  if (live && m.health_parts.loss >= LOSS_POINTS) {
    found.push(stream?.transport === 'udp' ? 'lossUdp' : 'lossTcp');
  }
  if (reconnectsDay >= RECONNECTS_A_DAY || (live && m.health_parts.stability >= STABILITY_POINTS)) {
    found.push('reconnects');
  }
  const missing = m.health_parts.rate >= 40 * (1 - RATE_SHARE);
  const slow = stream?.fps != null && m.fps_average < stream.fps * RATE_SHARE;
  if (settled && (missing || slow)) found.push('rate');
  const p95 = m.latency_p95_ms;
  if (live && p95 !== null) {
    if (p95 > CLOCK_MS.most || p95 < CLOCK_MS.least) found.push('clockWrong');
    else if (p95 > LATENCY_MS) found.push('latency');
  }
  // What is dated by its arrival has no latency that anybody could mend.
  if (settled && p95 === null && m.time_source === 'rtp') found.push('clockUnknown');
  return found;
}

const RANK: Record<Severity, number> = { bad: 0, warn: 1, note: 2 };

/** Ids of the cameras, worst first: by the worst advice, by health, by name; those switched off last. */
export function worstFirst(
  cameras: readonly (CameraVm & { advice: readonly Advice[]; health: number | null })[],
): string[] {
  const key = (camera: (typeof cameras)[number]) => {
    const [worst] = camera.advice;
    const rank = worst ? RANK[severityOf(worst)] : camera.enabled ? 3 : 4;
    return { id: camera.id, name: camera.name, rank, health: camera.health ?? 101 };
  };
  return cameras
    .map(key)
    .sort((a, b) => a.rank - b.rank || a.health - b.health || a.name.localeCompare(b.name))
    .map(({ id }) => id);
}
