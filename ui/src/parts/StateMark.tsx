/**
 * Owns how a stream's state looks: a colour, a shape and a word, each enough alone.
 */
import { CircleDashed, CircleDot, CirclePause, Lock, OctagonX, PowerOff, TriangleAlert } from 'lucide-react';
import { useText } from '../i18n';

const LOOK = {
  live: { icon: CircleDot, tone: 'tone-ok' },
  connecting: { icon: CircleDashed, tone: 'tone-faint' },
  backoff: { icon: TriangleAlert, tone: 'tone-warn' },
  unauthorized: { icon: Lock, tone: 'tone-bad' },
  stopped: { icon: OctagonX, tone: 'tone-bad' },
  idle: { icon: CirclePause, tone: 'tone-faint' },
  /** Switched off by a person: no stream's own state. */
  off: { icon: PowerOff, tone: 'tone-faint' },
} as const;

export type StateCode = keyof typeof LOOK | 'unknown';

/** The state as one the page knows. */
export function stateCode(state: string | undefined): StateCode {
  return state !== undefined && state in LOOK ? (state as StateCode) : 'unknown';
}

export function StateIcon({ state, size = 15 }: { state: string | undefined; size?: number }) {
  const code = stateCode(state);
  const { icon: Icon, tone } = code === 'unknown' ? LOOK.idle : LOOK[code];
  return <Icon size={size} className={tone} aria-hidden />;
}

export function StateMark({ state, size = 15 }: { state: string | undefined; size?: number }) {
  const { t } = useText();
  return (
    <span className="state">
      <StateIcon state={state} size={size} />
      {t(`state.${stateCode(state)}`)}
    </span>
  );
}
