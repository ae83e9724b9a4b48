/**
 * Owns how it is said what is seen in a camera's picture: that it does not change, that only a clock does, or that it
 * has lost its detail. The first is serious, the others are hints.
 */
import { ClockAlert, EyeOff, type LucideIcon, Snowflake } from 'lucide-react';
import { clock } from '../format';
import { useText } from '../i18n';
import { noticeKey, useEngine } from '../store/engine';

const ICONS: Record<string, LucideIcon> = {
  frozen: Snowflake,
  clock_only: ClockAlert,
  covered: EyeOff,
};

/** Whether a notice is of the picture, not of the camera itself. */
export const isSeen = (notice: string) => notice in ICONS;

/** What is seen in a camera's picture, each as a mark with its sentence; `className` makes it a tile's or a list's. */
export function SeenMarks({ camera, className }: { camera: string; className: string }) {
  const notices = useEngine((state) => state.notices[camera])?.filter(isSeen);
  return notices?.map((notice) => (
    <SeenMark key={notice} camera={camera} notice={notice} className={className} />
  ));
}

function SeenMark(props: { camera: string; notice: string; className: string }) {
  const { t, lang } = useText();
  const { camera, notice } = props;
  const since = useEngine((state) => state.noticedAt[noticeKey(camera, notice)]);
  const Icon = ICONS[notice];
  const text = t(`watch.${notice}`, { time: since ? clock(since, lang) : '–' });
  return (
    <span
      className={props.className}
      data-notice={notice}
      role="img"
      aria-label={text}
      title={`${text}. ${t(`watch.hint.${notice}`)}`}
    >
      {Icon && <Icon size={13} aria-hidden />}
      <span className="word">{text}</span>
    </span>
  );
}
