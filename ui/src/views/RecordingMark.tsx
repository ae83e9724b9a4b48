/**
 * Owns the mark that says whether a tile's camera is recorded: a red dot while bytes are written, a warning when they
 * should be and are not, and else what recording waits for.
 */
import { CalendarClock, Hourglass, TriangleAlert } from 'lucide-react';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { isRecording, useEngine } from '../store/engine';
import { demandOf, handOf, timeLeft } from '../store/recording';

export function RecordingMark({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const recording = useEngine((state) => isRecording(state.metrics, camera.id));
  const demand = useEngine((state) => demandOf(state.metrics, camera));
  const left = useEngine((state) => handOf(state.metrics, camera.id)?.left_s ?? null);
  const known = useEngine((state) => state.status !== null);
  if (!known || demand === 'off') return null;
  if (demand !== 'now') {
    const Icon = demand === 'motion' ? Hourglass : CalendarClock;
    return (
      <span className="chip rec" data-demand={demand} title={t(`modes.waits.${demand}`)}>
        <Icon size={13} aria-hidden />
        <span className="word">{t(`modes.mark.${demand}`)}</span>
      </span>
    );
  }
  return (
    <span className="chip rec" data-demand={demand} title={t(recording ? 'live.recHint' : 'live.recWaiting')}>
      {recording ? (
        <span className="recdot" aria-hidden />
      ) : (
        <TriangleAlert size={13} className="tone-warn" aria-hidden />
      )}
      <span className="word">{t(recording ? 'live.rec' : 'live.recLost')}</span>
      {left !== null && <span className="num">{timeLeft(left)}</span>}
    </span>
  );
}
