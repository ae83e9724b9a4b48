/**
 * Owns what is laid over one picture of the grid: name, state, recording mark, figures, tools. No animation here:
 * whatever moves over the canvas makes the webview compose the whole window again.
 */
import { Button, Popover, Tooltip, UnstyledButton } from '@mantine/core';
import {
  Camera,
  Circle,
  type LucideIcon,
  Maximize2,
  Move,
  PersonStanding,
  PlugZap,
  ShieldAlert,
  Square,
  TriangleAlert,
  ZoomIn,
} from 'lucide-react';
import { type CSSProperties, memo, useCallback, useState } from 'react';
import { bitrate, clock, codecName, number, size, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { MetricsVm } from '../gen/MetricsVm';
import { useText } from '../i18n';
import { type LiveState, useLive } from '../live/client';
import type { TileStats } from '../live/messages';
import { SimulatedBadge } from '../parts/bits';
import { HealthParts } from '../parts/Health';
import { StateIcon, stateCode } from '../parts/StateMark';
import { isRecording, streamKey, useEngine } from '../store/engine';
import { type FigureMode, go } from '../store/page';
import { openCamera } from './Cameras';
import { usePathText } from './Live';
import { GovernorMark, useGoverned } from './TileGovernor';
import { TilePtz } from './TilePtz';
import { saveSnapshot, toggleRecording } from './tileActions';
import { useZoom, zoomOff } from './tileZoom';

/** Below this width a tile has room for its name and its marks only. */
const TINY_PX = 190;

interface TileProps {
  camera: CameraVm;
  role: 'main' | 'sub';
  place: CSSProperties;
  focused: boolean;
  full: boolean;
  figures: FigureMode;
  onFocus: (id: string) => void;
  onOpen: (id: string) => void;
}

/** The worker's figures of one tile. */
const statsOf = (state: LiveState, camera: string, role: string): TileStats | undefined =>
  state.stats?.tiles.find((tile) => tile.camera === camera && tile.role === role);

export const Tile = memo(function Tile(props: TileProps) {
  const { t } = useText();
  const { camera, role } = props;
  // Figures come twice a second: only what shows them may be made anew with them.
  const state = useEngine((engine) => engine.metrics[streamKey(camera.id, role)]?.state ?? 'connecting');
  const pictured = useLive((live) => statsOf(live, camera.id, role)?.picture != null);
  const recording = useEngine((engine) => isRecording(engine.metrics, camera.id));
  const [moves, setMoves] = useState(false);
  const toggleMoves = useCallback(() => setMoves((before) => !before), []);
  const name = visible(camera.name, 80);
  const tiny = Number(props.place.width) < TINY_PX;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a tile holds buttons of its own, so it cannot be one.
    <div
      id={`tile-${camera.id}`}
      className="tile"
      style={props.place}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the tile is chosen by arrows and opened by Enter.
      tabIndex={0}
      aria-label={t('live.tile', { name, state: t(`state.${stateCode(state)}`) })}
      data-focused={props.focused || undefined}
      data-pictured={pictured || undefined}
      data-state={state}
      data-camera={camera.id}
      data-tiny={tiny || undefined}
      {...useZoom(camera.id)}
      data-recording={recording}
      onFocus={() => props.onFocus(camera.id)}
      onMouseDown={() => props.onFocus(camera.id)}
      onDoubleClick={() => props.onOpen(camera.id)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === event.currentTarget) props.onOpen(camera.id);
      }}
    >
      <div className="tilehead">
        <span className="chip name" title={name}>
          <StateIcon state={state} size={13} />
          <span className="clip">{name}</span>
        </span>
        {camera.simulated && (
          <span className="chip" style={{ padding: '0 2px', background: 'rgb(9 10 12 / 74%)' }}>
            <SimulatedBadge />
          </span>
        )}
        <RecordingMark camera={camera} />
        <NoticeMarks camera={camera} />
        <ZoomMark camera={camera.id} />
        <GovernorMark camera={camera.id} />
      </div>
      {state === 'live' || state === 'idle' ? (
        <Waiting camera={camera} role={role} full={props.full} />
      ) : (
        <Trouble camera={camera} role={role} />
      )}
      {props.figures !== 'off' && !tiny && state === 'live' && (
        <Figures
          camera={camera}
          role={role}
          small={
            props.figures === 'line' || Number(props.place.width) < 400 || Number(props.place.height) < 290
          }
        />
      )}
      {moves && <TilePtz camera={camera} />}
      <Tools camera={camera} full={props.full} moves={moves} onMoves={toggleMoves} onOpen={props.onOpen} />
    </div>
  );
});

/** What can be done with a tile. */
const Tools = memo(function Tools(props: {
  camera: CameraVm;
  full: boolean;
  moves: boolean;
  onMoves: () => void;
  onOpen: (id: string) => void;
}) {
  const { t } = useText();
  const { camera } = props;
  const name = visible(camera.name, 80);
  const record = t(camera.record_mode === 'off' ? 'live.startRecording' : 'live.stopRecording');
  return (
    <div className="tiletools">
      {camera.onvif_url && (
        <Tooltip label={t('ptz.open')}>
          <UnstyledButton
            className="tool"
            data-testid="ptz-open"
            aria-pressed={props.moves}
            aria-label={`${t('ptz.open')}: ${name}`}
            onClick={props.onMoves}
          >
            <Move size={16} aria-hidden />
          </UnstyledButton>
        </Tooltip>
      )}
      <Tooltip label={`${t('live.snapshot')} (S)`}>
        <UnstyledButton
          className="tool"
          aria-label={`${t('live.snapshot')}: ${name}`}
          onClick={() => void saveSnapshot(camera)}
        >
          <Camera size={16} aria-hidden />
        </UnstyledButton>
      </Tooltip>
      <Tooltip label={`${record} (R)`}>
        <UnstyledButton
          className="tool"
          aria-label={`${record}: ${name}`}
          onClick={() => void toggleRecording(camera)}
        >
          {camera.record_mode === 'off' ? <Circle size={16} aria-hidden /> : <Square size={15} aria-hidden />}
        </UnstyledButton>
      </Tooltip>
      {!props.full && (
        <Tooltip label={`${t('live.fullScreen')} (Enter)`}>
          <UnstyledButton
            className="tool"
            aria-label={`${t('live.fullScreen')}: ${name}`}
            onClick={() => props.onOpen(camera.id)}
          >
            <Maximize2 size={16} aria-hidden />
          </UnstyledButton>
        </Tooltip>
      )}
    </div>
  );
});

/** The proof of recording: a red mark while bytes are written, a warning when they should be and are not. */
function RecordingMark({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const recording = useEngine((state) => isRecording(state.metrics, camera.id));
  const known = useEngine((state) => state.status !== null);
  if (recording) {
    return (
      <span className="chip rec" title={t('live.recHint')}>
        <span className="recdot" aria-hidden />
        <span className="word">{t('live.rec')}</span>
      </span>
    );
  }
  if (camera.record_mode === 'off' || !known) return null;
  return (
    <span className="chip rec" title={t('live.recWaiting')}>
      <TriangleAlert size={13} className="tone-warn" aria-hidden />
      <span className="word">{t('live.recLost')}</span>
    </span>
  );
}

/** How much the picture is magnified; pressed, it is whole again. */
function ZoomMark({ camera }: { camera: string }) {
  const { t, lang } = useText();
  const size = useLive((live) => live.views[camera]?.size ?? 1);
  if (size >= 1) return null;
  return (
    <Tooltip label={`${t('live.zoomOff')} (0)`}>
      <UnstyledButton className="chip zoom" aria-label={t('live.zoomOff')} onClick={() => zoomOff(camera)}>
        <ZoomIn size={13} aria-hidden />
        {number(1 / size, lang, 1)}×
      </UnstyledButton>
    </Tooltip>
  );
}

const NOTICE_ICONS: Record<string, LucideIcon> = {
  motion: PersonStanding,
  tamper: ShieldAlert,
  input: PlugZap,
};

/** What the camera notices by itself. */
function NoticeMarks({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const notices = useEngine((state) => state.notices[camera.id]);
  return notices?.map((notice) => {
    const Icon = NOTICE_ICONS[notice] ?? TriangleAlert;
    return (
      <span key={notice} className="chip" data-notice={notice} title={t('notices.hint')}>
        <Icon size={13} className="tone-warn" aria-hidden />
        {t(`notices.${notice}`)}
      </span>
    );
  });
}

/** What a tile says whose stream flows and whose first picture is not there yet. */
function Waiting(props: { camera: CameraVm; role: string; full: boolean }) {
  const { t } = useText();
  const shown = useLive((live) => live.shown.has(`${props.camera.id}/${props.role}`));
  if (shown) return null;
  // Over the picture held from before, a word at the edge is enough.
  return props.full ? (
    <div className="tilefoot" aria-live="polite">
      <span className="chip">{t('live.connectingMain')}</span>
    </div>
  ) : (
    <div className="tilemiddle">
      <span className="small">{t('live.waitingPicture')}</span>
    </div>
  );
}

/** What stands in the middle of a tile whose stream does not flow. */
function Trouble(props: { camera: CameraVm; role: string }) {
  const { t, lang } = useText();
  const since = useEngine((engine) => engine.offlineSince[props.camera.id]);
  const metrics = useEngine((engine) => engine.metrics[streamKey(props.camera.id, props.role)]);
  const state = stateCode(metrics?.state ?? 'connecting');
  if (state === 'connecting' || state === 'unknown') {
    return (
      <div className="tilemiddle">
        <StateIcon state="connecting" size={24} />
        <span className="small">{t('state.connecting')} …</span>
      </div>
    );
  }
  const retry = metrics?.retry_in_s;
  return (
    <div className="tilemiddle num">
      <StateIcon state={state} size={26} />
      <span className="big">{t(`state.${state}`)}</span>
      {since !== undefined && (
        <span className="small">
          {t(state === 'backoff' ? 'live.offlineSince' : 'live.notSince', { time: clock(since, lang) })}
        </span>
      )}
      {state === 'unauthorized' ? (
        <>
          <span className="small">{t('live.unauthorizedHint')}</span>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => {
              go('cameras');
              openCamera(props.camera.id);
            }}
          >
            {t('live.changeLogin')}
          </Button>
        </>
      ) : (
        retry != null && (
          <span className="small">
            {retry > 0 ? t('live.retryIn', { seconds: retry }) : t('live.retrying')}
          </span>
        )
      )}
    </div>
  );
}

function Figures(props: { camera: CameraVm; role: string; small: boolean }) {
  const { t, lang } = useText();
  const m = useEngine((engine) => engine.metrics[streamKey(props.camera.id, props.role)]);
  // Read along, not waited for: the engine's figures come as often.
  const stats = statsOf(useLive.getState(), props.camera.id, props.role);
  const { path, reason } = usePathText();
  const governed = useGoverned(props.camera.id);
  if (!m) return null;
  const ms = (value: number | null | undefined) => (value == null ? '–' : number(value, lang));
  const pair = (p50: number | null | undefined, p95: number | null | undefined) =>
    p50 == null ? '–' : t('live.m.pair', { p50: ms(p50), p95: ms(p95) });
  const fps = t('live.m.fpsValue', { now: number(m.fps, lang, 1), average: number(m.fps_average, lang, 1) });
  if (props.small) {
    return (
      <div className="figures" data-dense title={reason ? `${path}: ${reason}` : path}>
        <span>{number(governed ? (stats?.paintedFps ?? 0) : m.fps, lang, 1)} fps</span>
        <span>{bitrate(m.bitrate_bps, lang)}</span>
        <span>{ms(stats?.latencyP50Ms)} ms</span>
        <span>
          {codecName(m.codec)} {size(m.width, m.height)}
        </span>
        {m.packets_lost > 0 && (
          <span>
            {t('live.m.loss')} {number(m.packets_lost, lang)}
          </span>
        )}
        <HealthFigure metrics={m} />
      </div>
    );
  }
  const rows: [string, string, string?][] = [
    ['fps', fps],
    ['painted', number(stats?.paintedFps ?? 0, lang, 1)],
    ['bitrate', bitrate(m.bitrate_bps, lang)],
    [
      'latency',
      pair(m.latency_ms, m.latency_p95_ms),
      t(m.time_source === 'arrival' ? 'live.m.latencyArrival' : 'live.m.latencyHint'),
    ],
    ['paint', pair(stats?.latencyP50Ms, stats?.latencyP95Ms), t('live.m.paintHint')],
    ['loss', number(m.packets_lost, lang)],
    ['dropped', number(m.dropped + (stats?.skipped ?? 0), lang), t('live.m.droppedHint')],
    ['reconnects', number(m.reconnects, lang)],
    [
      'codec',
      `${codecName(m.codec)} ${size(m.width, m.height)} · ${t(`role.${props.role}`)}`,
      props.role === 'sub' && stats?.picture
        ? t('governor.tilesSmall', { size: size(stats.picture.width, stats.picture.height) })
        : undefined,
    ],
    ['path', reason ? `${path}: ${reason}` : path],
  ];
  return (
    <div className="figures">
      <dl>
        {rows.map(([name, value, hint]) => (
          <div key={name} style={{ display: 'contents' }} title={hint}>
            <dt>{t(`live.m.${name}`)}</dt>
            <dd title={value} className={name === 'path' ? 'wrap' : undefined}>
              {value}
            </dd>
          </div>
        ))}
        <dt>{t('health.label')}</dt>
        <dd>
          <HealthFigure metrics={m} bare />
        </dd>
      </dl>
    </div>
  );
}

/** The score, which explains itself when asked. */
function HealthFigure({ metrics, bare }: { metrics: MetricsVm; bare?: boolean }) {
  const { t, lang } = useText();
  const [asked, setAsked] = useState(false);
  const button = (
    <UnstyledButton
      className="healthbutton"
      aria-label={t('health.title', { score: metrics.health })}
      aria-expanded={asked}
      onClick={() => setAsked(!asked)}
    >
      {bare ? '' : `${t('health.label')} `}
      {number(metrics.health, lang)}
    </UnstyledButton>
  );
  // A closed popover costs as much as the whole line beside it, on each tile, twice a second.
  if (!asked) return button;
  return (
    <Popover opened onChange={setAsked} width={330} position="top" withArrow shadow="md">
      <Popover.Target>{button}</Popover.Target>
      <Popover.Dropdown>
        <HealthParts metrics={metrics} />
      </Popover.Dropdown>
    </Popover>
  );
}
