/**
 * Owns what is laid over one picture of the grid: name, state, recording mark, figures, tools. No animation here:
 * whatever moves over the canvas makes the webview compose the whole window again.
 */
import { Button, Tooltip, UnstyledButton } from '@mantine/core';
import {
  AppWindow,
  Camera,
  Circle,
  Footprints,
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
import { type CSSProperties, memo } from 'react';
import { clock, number, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { useLive } from '../live/client';
import { SimulatedBadge } from '../parts/bits';
import { isSeen, SeenMarks } from '../parts/Seen';
import { StateIcon, stateCode } from '../parts/StateMark';
import { openCamera } from '../store/details';
import { isRecording, streamKey, useEngine } from '../store/engine';
import { type FigureMode, go } from '../store/page';
import { toggleMoving, useTiles } from '../store/tiles';
import { further } from '../store/window';
import { RecordingMark } from './RecordingMark';
import { SoundMark, SoundTool } from './TileAudio';
import { Figures, statsOf } from './TileFigures';
import { GovernorMark } from './TileGovernor';
import { TilePtz } from './TilePtz';
import { TileReplay } from './TileReplay';
import { CopyTool, FreezeMark, FreezeTool, RecordNowTool, ReplayTool } from './TileTools';
import { saveSnapshot, toggleRecording } from './tileActions';
import { useZoom, zoomOff } from './tileZoom';
import { openWindow } from './windowActions';

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

export const Tile = memo(function Tile(props: TileProps) {
  const { t } = useText();
  const { camera, role } = props;
  // Figures come twice a second: only what shows them may be made anew with them.
  const state = useEngine((engine) => engine.metrics[streamKey(camera.id, role)]?.state ?? 'connecting');
  const pictured = useLive((live) => statsOf(live, camera.id, role)?.picture != null);
  const recording = useEngine((engine) => isRecording(engine.metrics, camera.id));
  const moves = useTiles((tiles) => tiles.moving === camera.id);
  const replay = useTiles((tiles) => tiles.replays[camera.id]);
  const frozen = useLive((live) => live.frozen[camera.id]);
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
      data-frozen={frozen !== undefined || undefined}
      data-replaying={replay !== undefined || undefined}
      onFocus={() => props.onFocus(camera.id)}
      onMouseDown={() => props.onFocus(camera.id)}
      onDoubleClick={() => props.onOpen(camera.id)}
    >
      {replay !== undefined && <TileReplay camera={camera} asked={replay} />}
      <div className="tilehead">
        <span className="chip name" data-grip title={name}>
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
        <SoundMark camera={camera} />
        {state === 'live' && <GovernorMark camera={camera.id} />}
      </div>
      {frozen !== undefined && replay === undefined && <FreezeMark sinceMs={frozen} />}
      <div className="tileseen">
        <SeenMarks camera={camera.id} className="chip" />
      </div>
      {replay === undefined && (state === 'live' || state === 'idle') && (
        <Waiting camera={camera} role={role} full={props.full} />
      )}
      {replay === undefined && state !== 'live' && state !== 'idle' && (
        <Trouble camera={camera} role={role} />
      )}
      {props.figures !== 'off' && !tiny && state === 'live' && replay === undefined && (
        <Figures
          camera={camera}
          role={role}
          small={
            props.figures === 'line' || Number(props.place.width) < 400 || Number(props.place.height) < 290
          }
        />
      )}
      {moves && <TilePtz camera={camera} />}
      <Tools camera={camera} full={props.full} moves={moves} onOpen={props.onOpen} />
    </div>
  );
});

/** What can be done with a tile. */
const Tools = memo(function Tools(props: {
  camera: CameraVm;
  full: boolean;
  moves: boolean;
  onOpen: (id: string) => void;
}) {
  const { t } = useText();
  const { camera } = props;
  const name = visible(camera.name, 80);
  const record = t(camera.record_mode === 'off' ? 'live.startRecording' : 'live.stopRecording');
  return (
    <div className="tiletools">
      {camera.onvif_url && (
        <Tooltip label={`${t('ptz.open')} (P)`}>
          <UnstyledButton
            className="tool"
            data-testid="ptz-open"
            aria-pressed={props.moves}
            aria-label={`${t('ptz.open')}: ${name}`}
            onClick={() => toggleMoving(camera.id)}
          >
            <Move size={16} aria-hidden />
          </UnstyledButton>
        </Tooltip>
      )}
      <FreezeTool camera={camera} />
      <ReplayTool camera={camera} />
      <CopyTool camera={camera} />
      <SoundTool camera={camera} />
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
      <RecordNowTool camera={camera} />
      <Tooltip label={t('window.openCamera')}>
        <UnstyledButton
          className="tool"
          data-testid="tile-window"
          aria-label={`${t('window.openCamera')}: ${name}`}
          onClick={() => void openWindow({ camera: camera.id })}
        >
          <AppWindow size={16} aria-hidden />
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
  moving: Footprints,
  tamper: ShieldAlert,
  input: PlugZap,
};

/** What the camera notices by itself. */
function NoticeMarks({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const notices = useEngine((state) => state.notices[camera.id]);
  return notices?.map((notice) => {
    if (isSeen(notice)) return null;
    const Icon = NOTICE_ICONS[notice] ?? TriangleAlert;
    return (
      <span
        key={notice}
        className="chip"
        data-notice={notice}
        title={t(notice === 'moving' ? 'notices.movingHint' : 'notices.hint')}
      >
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
          <span className="small hint">{t('live.unauthorizedHint')}</span>
          {!further && (
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
          )}
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
