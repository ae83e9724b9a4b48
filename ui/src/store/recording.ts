/**
 * Owns what the engine's figures say about a camera's recording: what of it is to be recorded now, and what a person
 * began by hand.
 */
import type { CameraVm } from '../gen/CameraVm';
import type { MetricsVm } from '../gen/MetricsVm';
import type { RecordNowVm } from '../gen/RecordNowVm';
import { streamKey } from './engine';

/** How long a recording by hand lasts where nobody says, in seconds. */
export const RECORD_NOW_S = 600;

export type Demand = 'off' | 'nothing' | 'motion' | 'now';

/** What of a camera is to be recorded now. */
export function demandOf(
  metrics: Record<string, MetricsVm>,
  camera: Pick<CameraVm, 'id' | 'enabled' | 'record_mode'>,
): Demand {
  const told = metrics[streamKey(camera.id, 'main')]?.record_demand;
  if (told) return told as Demand;
  if (!camera.enabled || camera.record_mode === 'off') return 'off';
  // A camera rests, and has no figures, while its schedule wants nothing.
  return camera.record_mode === 'schedule' ? 'nothing' : 'now';
}

/** What a person began to record of a camera. */
export function handOf(metrics: Record<string, MetricsVm>, camera: string): RecordNowVm | null {
  return metrics[streamKey(camera, 'main')]?.record_now ?? null;
}

/** Seconds as `9:05`. */
export function timeLeft(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
