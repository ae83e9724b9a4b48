/**
 * Owns the tools of a tile that hold its picture still, show its last seconds again, and copy it; and the mark on a
 * picture that stands still.
 */
import { Tooltip, UnstyledButton } from '@mantine/core';
import {
  CircleDot,
  CircleStop,
  ClipboardCopy,
  History,
  type LucideIcon,
  Pause,
  Play,
  Snowflake,
} from 'lucide-react';
import { clock, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { useLive } from '../live/client';
import { useEngine } from '../store/engine';
import { handOf } from '../store/recording';
import { toggleFreeze, toggleReplay, useTiles } from '../store/tiles';
import { copySnapshot, toggleRecordNow } from './tileActions';

function Tool(props: {
  camera: CameraVm;
  label: string;
  hotkey: string;
  icon: LucideIcon;
  testid: string;
  pressed?: boolean;
  onClick: () => void;
}) {
  const { icon: Icon } = props;
  return (
    <Tooltip label={`${props.label} (${props.hotkey})`}>
      <UnstyledButton
        className="tool"
        data-testid={props.testid}
        aria-pressed={props.pressed}
        aria-label={`${props.label}: ${visible(props.camera.name, 80)}`}
        onClick={props.onClick}
      >
        <Icon size={16} aria-hidden />
      </UnstyledButton>
    </Tooltip>
  );
}

export function FreezeTool({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const frozen = useLive((live) => live.frozen[camera.id] !== undefined);
  return (
    <Tool
      camera={camera}
      label={t(frozen ? 'tiles.goOn' : 'tiles.freeze')}
      hotkey={t('keys.cap.space')}
      icon={frozen ? Play : Pause}
      testid="tile-freeze"
      pressed={frozen}
      onClick={() => toggleFreeze(camera.id)}
    />
  );
}

export function ReplayTool({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const replays = useTiles((tiles) => tiles.replays[camera.id] !== undefined);
  return (
    <Tool
      camera={camera}
      label={t(replays ? 'tiles.replay.end' : 'tiles.replay.start')}
      hotkey="I"
      icon={History}
      testid="tile-replay"
      pressed={replays}
      onClick={() => toggleReplay(camera.id)}
    />
  );
}

export function RecordNowTool({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const by = useEngine((state) => handOf(state.metrics, camera.id) !== null);
  return (
    <Tool
      camera={camera}
      label={t(by ? 'modes.stop' : 'modes.nowTenMinutes')}
      hotkey={`${t('keys.cap.shift')} R`}
      icon={by ? CircleStop : CircleDot}
      testid="tile-record-now"
      pressed={by}
      onClick={() => void toggleRecordNow(camera)}
    />
  );
}

export function CopyTool({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  return (
    <Tool
      camera={camera}
      label={t('tiles.copy')}
      hotkey="C"
      icon={ClipboardCopy}
      testid="tile-copy"
      onClick={() => void copySnapshot(camera)}
    />
  );
}

/** Says that this is no live picture, and since when. */
export function FreezeMark({ sinceMs }: { sinceMs: number }) {
  const { t, lang } = useText();
  const text = t('tiles.frozenSince', { time: clock(sinceMs, lang) });
  return (
    <span className="chip tilenote" title={text} role="status" data-testid="tile-frozen">
      <Snowflake size={13} aria-hidden />
      <span className="word">{text}</span>
    </span>
  );
}
