/**
 * Owns the mark of a tile that is not decoded in full: how much of it is, and why, with the figure that led to it.
 */
import type { TFunction } from 'i18next';
import { Gauge, type LucideIcon, Pause, Timer } from 'lucide-react';
import { bytes, percent } from '../format';
import { useText } from '../i18n';
import { useLive } from '../live/client';
import type { Governed } from '../live/messages';

const ICONS: Record<string, LucideIcon> = { key_frames: Gauge, slow: Timer, paused: Pause };

/** What is left of the decoding of a camera's tile; nothing for one in full. */
export const useGoverned = (camera: string): Governed | undefined => useLive((live) => live.governed[camera]);

/** A ruling in words. */
export function rulingText(
  t: TFunction,
  lang: string,
  { mode, reason, value }: { mode: string; reason: string | null; value: number | null },
): string {
  if (reason === null || value === null) return t(`governor.${mode}`);
  return t('governor.mark', {
    mode: t(`governor.${mode}`),
    reason: t(`governor.reason.${reason}`, { percent: percent(value, lang, 0), bytes: bytes(value, lang) }),
  });
}

export function GovernorMark({ camera }: { camera: string }) {
  const { t, lang } = useText();
  const governed = useGoverned(camera);
  if (!governed) return null;
  const { mode, reason } = governed;
  const Icon = ICONS[mode] ?? Gauge;
  const text = rulingText(t, lang, governed);
  return (
    <span className="chip governor" data-testid="governor" data-mode={mode} data-reason={reason} title={text}>
      <Icon size={13} className="tone-warn" role="img" aria-label={text} />
      <span className="word clip" aria-hidden>
        {text}
      </span>
    </span>
  );
}
