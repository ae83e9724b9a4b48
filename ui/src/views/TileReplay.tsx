/**
 * Owns a camera's last seconds, played from its recording over its live picture, which goes on beneath. What is played
 * stands in `replay.ts`, how in `player.ts`; keys reach it through `store/tiles`.
 */
import { Button, Tooltip, UnstyledButton } from '@mantine/core';
import { History, type LucideIcon, Pause, Play, Redo2, StepBack, StepForward, Undo2, X } from 'lucide-react';
import {
  type CSSProperties,
  type PointerEvent,
  useEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from 'react';
import { causeText, errorText, toUserError } from '../errors';
import { clock, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { useLive } from '../live/client';
import { isWhole, WHOLE } from '../live/view';
import { type PlayProblem, playFiles } from '../player';
import { findReplay, REPLAY_MS, type ReplayPlan } from '../replay';
import { streamKey, useEngine } from '../store/engine';
import { endReplay, offerControls, type ReplayControls } from '../store/tiles';
import { toggleRecording } from './tileActions';

/** How far a key leaps, in seconds. */
export const SKIP_S = 5;
/** Of a stream whose rate is not known. */
const USUAL_FPS = 15;

type Found = ReplayPlan | 'nothing' | PlayProblem | null;
const isPlan = (found: Found): found is ReplayPlan =>
  found !== null && found !== 'nothing' && 'files' in found;

export function TileReplay({ camera, asked }: { camera: CameraVm; asked: number }) {
  const { t, lang } = useText();
  const video = useRef<HTMLVideoElement>(null);
  const [found, setFound] = useState<Found>(null);
  const [seconds, setSeconds] = useState<number | null>(null);
  const [paused, setPaused] = useState(false);
  const [, tick] = useReducer((count: number) => count + 1, 0);
  const view = useLive((live) => live.views[camera.id] ?? WHOLE);
  const plan = isPlan(found) ? found : null;

  useEffect(() => {
    let here = true;
    findReplay(camera.id, asked)
      .then((plan) => here && setFound(plan ?? 'nothing'))
      .catch((error) => here && setFound({ kind: 'failed', error }));
    return () => {
      here = false;
    };
  }, [camera.id, asked]);
  useEffect(() => {
    if (!plan || !video.current) return;
    return playFiles(video.current, plan.files, (plan.fromMs - plan.zeroMs) / 1000, setFound);
  }, [plan]);
  const steer = useMemo(() => plan && controlsOf(camera.id, plan, () => video.current), [camera.id, plan]);
  useEffect(() => (steer ? offerControls(camera.id, steer) : undefined), [camera.id, steer]);

  useEffect(() => {
    // From the tool that was pressed to the tile: the keys are the replay's now.
    const tile = document.getElementById(`tile-${camera.id}`);
    if (tile?.contains(document.activeElement)) tile.focus({ preventScroll: true });
  }, [camera.id]);
  useEffect(() => {
    // A picture that stands still grows older.
    const timer = paused ? setInterval(tick, 1000) : undefined;
    return () => clearInterval(timer);
  }, [paused]);

  const zoom: CSSProperties | undefined = isWhole(view)
    ? undefined
    : { transform: `scale(${1 / view.size}) translate(${-view.x * 100}%, ${-view.y * 100}%)` };
  const end = () => endReplay(camera.id);
  const at = plan && seconds !== null ? plan.zeroMs + seconds * 1000 : null;
  return (
    <>
      <div className="replay" data-ready={at !== null || undefined} data-testid="tile-replay-picture">
        {plan && (
          <video
            ref={video}
            style={zoom}
            muted
            playsInline
            aria-label={t('tiles.replay.of', { name: visible(camera.name, 80) })}
            onTimeUpdate={({ currentTarget }) => {
              if (currentTarget.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)
                setSeconds(currentTarget.currentTime);
            }}
            onPlay={() => setPaused(false)}
            onPause={() => setPaused(true)}
            onEnded={end}
            onError={(event) => {
              const { error } = event.currentTarget;
              if (error) setFound({ kind: 'failed', error: new Error(error.message) });
            }}
          />
        )}
      </div>
      {(found === null || plan) && (
        <span className="chip tilenote num" data-testid="tile-replay-mark">
          <History size={13} aria-hidden />
          <span className="word">
            {at === null
              ? t('tiles.replay.opening')
              : t('tiles.replay.mark', {
                  time: clock(at, lang),
                  seconds: Math.max(0, Math.round((Date.now() - at) / 1000)),
                })}
          </span>
        </span>
      )}
      {plan && steer && (
        <Bar plan={plan} asked={asked} at={at ?? plan.fromMs} paused={paused} steer={steer} onEnd={end} />
      )}
      {found !== null && !isPlan(found) && <Nothing camera={camera} found={found} onEnd={end} />}
    </>
  );
}

function controlsOf(
  camera: string,
  plan: ReplayPlan,
  element: () => HTMLVideoElement | null,
): ReplayControls {
  const first = (plan.fromMs - plan.zeroMs) / 1000;
  const seek = (video: HTMLVideoElement, to: number) => {
    video.currentTime = Math.min(Math.max(first, to), Number.isFinite(video.duration) ? video.duration : to);
  };
  return {
    pause: () => {
      const video = element();
      if (video?.paused) void video.play().catch(() => undefined);
      else video?.pause();
    },
    skip: (by) => {
      const video = element();
      if (video) seek(video, video.currentTime + by);
    },
    seek: (toMs) => {
      const video = element();
      if (video) seek(video, (toMs - plan.zeroMs) / 1000);
    },
    step: (direction) => {
      const video = element();
      if (!video) return;
      video.pause();
      seek(video, video.currentTime + direction / rateOf(camera));
    },
    picture: () => {
      const video = element();
      if (!video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
      const canvas = document.createElement('canvas');
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext('2d', { alpha: false })?.drawImage(video, 0, 0);
      return { jpeg: canvas.toDataURL('image/jpeg', 0.92), takenMs: plan.zeroMs + video.currentTime * 1000 };
    },
  };
}

/** Pictures a second of what is recorded, the main stream. */
function rateOf(camera: string): number {
  const { metrics, cameras } = useEngine.getState();
  const declared = cameras.find(({ id }) => id === camera)?.streams.find(({ role }) => role === 'main')?.fps;
  return metrics[streamKey(camera, 'main')]?.fps_average || declared || USUAL_FPS;
}

function Bar(props: {
  plan: ReplayPlan;
  asked: number;
  at: number;
  paused: boolean;
  steer: ReplayControls;
  onEnd: () => void;
}) {
  const { t, lang } = useText();
  const { plan, asked, steer } = props;
  const start = asked - REPLAY_MS;
  const share = (ms: number) => `${Math.min(100, Math.max(0, ((ms - start) / REPLAY_MS) * 100))}%`;
  const jump = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const to = start + ((event.clientX - box.left) / box.width) * REPLAY_MS;
    steer.seek(to);
  };
  const holes = plan.holes.map(({ start: from, end, cause }) =>
    t('tiles.replay.hole', {
      from: clock(from, lang),
      until: clock(end, lang),
      cause: cause ? causeText(t, cause) : t('tiles.replay.noCause'),
    }),
  );
  const tool = (label: string, hotkey: string, Icon: LucideIcon, onClick: () => void, testid: string) => (
    <Tooltip label={`${label} (${hotkey})`}>
      <UnstyledButton className="tool" aria-label={label} onClick={onClick} data-testid={testid}>
        <Icon size={15} aria-hidden />
      </UnstyledButton>
    </Tooltip>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps the tile from taking what is meant for here.
    <div className="replaybar num" onDoubleClick={(event) => event.stopPropagation()}>
      {holes.length > 0 && (
        <span className="chip" title={holes.join('\n')} role="status" data-testid="tile-replay-holes">
          <span className="clip">{holes.join(' · ')}</span>
        </span>
      )}
      <div
        className="replaytrack"
        data-testid="tile-replay-position"
        role="slider"
        // The page's keys move it, wherever the focus is on the tile.
        tabIndex={-1}
        aria-label={t('tiles.replay.position')}
        aria-valuemin={-REPLAY_MS / 1000}
        aria-valuemax={0}
        aria-valuenow={Math.round((props.at - asked) / 1000)}
        aria-valuetext={clock(props.at, lang)}
        onPointerDown={jump}
        onPointerMove={(event) => event.buttons === 1 && jump(event)}
      >
        {plan.holes.map((hole) => (
          <span
            key={hole.start}
            className="replayhole"
            style={{ left: share(hole.start), right: `calc(100% - ${share(hole.end)})` }}
          />
        ))}
        <span className="replaydone" style={{ width: share(props.at) }} />
      </div>
      <div className="replaytools">
        {tool(
          t('tiles.replay.back', { count: SKIP_S }),
          '←',
          Undo2,
          () => steer.skip(-SKIP_S),
          'tile-replay-back',
        )}
        {tool(t('tiles.replay.stepBack'), ',', StepBack, () => steer.step(-1), 'tile-replay-step-back')}
        {props.paused
          ? tool(t('tiles.replay.play'), t('keys.cap.space'), Play, steer.pause, 'tile-replay-pause')
          : tool(t('tiles.replay.pause'), t('keys.cap.space'), Pause, steer.pause, 'tile-replay-pause')}
        {tool(t('tiles.replay.step'), '.', StepForward, () => steer.step(1), 'tile-replay-step')}
        {tool(
          t('tiles.replay.forward', { count: SKIP_S }),
          '→',
          Redo2,
          () => steer.skip(SKIP_S),
          'tile-replay-forward',
        )}
        {tool(t('tiles.replay.end'), 'Esc', X, props.onEnd, 'tile-replay-end')}
      </div>
    </div>
  );
}

/** Why nothing plays, and what can be done. */
function Nothing(props: { camera: CameraVm; found: 'nothing' | PlayProblem; onEnd: () => void }) {
  const { t } = useText();
  const { camera, found } = props;
  const off = camera.record_mode === 'off';
  return (
    <div className="tilemiddle" role="alert" data-testid="tile-replay-nothing">
      <span className="small">{reasonOf(t, found)}</span>
      {found === 'nothing' && off && (
        <Button
          size="compact-xs"
          variant="default"
          data-testid="tile-replay-record"
          onClick={() => {
            props.onEnd();
            void toggleRecording(camera);
          }}
        >
          {t('live.startRecording')}
        </Button>
      )}
      <Button size="compact-xs" variant="default" onClick={props.onEnd}>
        {t('tiles.replay.end')}
      </Button>
    </div>
  );
}

function reasonOf(t: ReturnType<typeof useText>['t'], found: 'nothing' | PlayProblem): string {
  if (found === 'nothing') return t('tiles.replay.nothing', { seconds: REPLAY_MS / 1000 });
  switch (found.kind) {
    case 'no_mse':
      return t('recordings.noMse');
    case 'no_codec':
      return t('recordings.noCodec', { mime: found.mime });
    case 'failed':
      return errorText(t, toUserError(found.error), t('tiles.replay.failed')).what;
  }
}
