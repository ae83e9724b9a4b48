/**
 * Owns how an advice looks, and what a camera's situation is at this moment.
 */
import { CircleCheck, CircleMinus, Info, OctagonAlert, TriangleAlert } from 'lucide-react';
import { type Advice, adviceFor, severityOf } from '../../advice';
import type { CameraVm } from '../../gen/CameraVm';
import { useText } from '../../i18n';
import { cameraMetrics, type EngineState, isRecording, useEngine } from '../../store/engine';
import { useHealth } from '../../store/health';

const LOOK = {
  bad: { icon: OctagonAlert, tone: 'tone-bad' },
  warn: { icon: TriangleAlert, tone: 'tone-warn' },
  note: { icon: Info, tone: 'tone-faint' },
  fine: { icon: CircleCheck, tone: 'tone-ok' },
  none: { icon: CircleMinus, tone: 'tone-faint' },
} as const;

/** What is said of a camera in a state that asks for nothing. */
const QUIET: Record<string, string> = { idle: 'unwatched', connecting: 'connecting' };

/** What to do about a camera now. */
export function adviceNow(
  state: Pick<EngineState, 'metrics'>,
  camera: CameraVm,
  reconnectsDay: number,
): Advice[] {
  return adviceFor({
    camera,
    metrics: cameraMetrics(state.metrics, camera.id),
    recording: isRecording(state.metrics, camera.id),
    reconnectsDay,
  });
}

/** What to do about a camera, in words: all of it, or the worst alone. */
export function AdviceText({ camera, all }: { camera: CameraVm; all?: boolean }) {
  const { t } = useText();
  const again = useHealth((state) => state.reconnects[camera.id] ?? 0);
  // A text, so that figures that change no advice draw nothing anew.
  const keys = useEngine((state) => adviceNow(state, camera, again).join());
  const state = useEngine((engine) => cameraMetrics(engine.metrics, camera.id)?.state);
  const found = keys === '' ? [] : (keys.split(',') as Advice[]);
  const quiet = camera.enabled ? (QUIET[state ?? 'idle'] ?? 'fine') : 'off';
  const shown = found.length === 0 ? [quiet] : all ? found : found.slice(0, 1);
  return (
    <div data-advice={keys}>
      {shown.map((key) => {
        const look = key === 'fine' ? 'fine' : found.length === 0 ? 'none' : severityOf(key as Advice);
        const { icon: Icon, tone } = LOOK[look];
        return (
          <div key={key} className="advice">
            <Icon size={15} className={tone} aria-hidden />
            <span>{t(`health.advice.${key}`)}</span>
          </div>
        );
      })}
      {!all && found.length > 1 && (
        <div className="advice tone-faint">{t('health.more', { count: found.length - 1 })}</div>
      )}
    </div>
  );
}
