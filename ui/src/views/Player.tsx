/**
 * Owns the player beside the list of recordings, and what it says when it cannot play.
 */
import { useEffect, useRef, useState } from 'react';
import { toUserError } from '../errors';
import { clock, dateTime } from '../format';
import type { SegmentVm } from '../gen/SegmentVm';
import { useText } from '../i18n';
import { ErrorNote, SimulatedBadge } from '../parts/bits';
import { type PlayProblem, playFiles } from '../player';

export function Player(props: {
  playing: { segment: SegmentVm; at: number } | null;
  onEnded: () => void;
  name: string;
  simulated: boolean;
}) {
  const { t, lang } = useText();
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<PlayProblem | null>(null);
  const [position, setPosition] = useState(0);
  const { playing } = props;
  useEffect(() => {
    setProblem(null);
    setPosition(playing?.at ?? 0);
    if (!playing || !video.current) return;
    return playFiles(video.current, [{ segment: playing.segment.id, startS: 0 }], playing.at, setProblem);
  }, [playing]);
  const start = playing ? Date.parse(playing.segment.start) : 0;
  return (
    <section className="card" aria-label={t('recordings.player')}>
      <div className="player">
        <video
          ref={video}
          controls={playing !== null && !problem}
          muted
          playsInline
          aria-label={props.name}
          onTimeUpdate={(event) => setPosition(event.currentTarget.currentTime)}
          onEnded={props.onEnded}
          onError={(event) => {
            const { error } = event.currentTarget;
            if (playing && error) setProblem({ kind: 'failed', error: new Error(error.message) });
          }}
        />
        {!playing && <div className="playernote">{t('recordings.choose')}</div>}
        {problem && problem.kind !== 'failed' && (
          <div className="playernote" role="alert">
            {problem.kind === 'no_mse'
              ? t('recordings.noMse')
              : t('recordings.noCodec', { mime: problem.mime })}
          </div>
        )}
      </div>
      <div
        className="num"
        style={{ display: 'flex', alignItems: 'center', gap: 10, padding: '9px 14px', minHeight: 40 }}
      >
        <strong className="clip">{props.name}</strong>
        {props.simulated && <SimulatedBadge />}
        <span style={{ flex: 1 }} />
        {playing && (
          <span style={{ whiteSpace: 'nowrap' }} title={dateTime(start + position * 1000, lang)}>
            {clock(start + position * 1000, lang)}
          </span>
        )}
      </div>
      {problem?.kind === 'failed' && (
        <div style={{ padding: '0 14px 14px' }}>
          <ErrorNote error={toUserError(problem.error)} subject={t('recordings.playFailed')} />
        </div>
      )}
    </section>
  );
}
