/**
 * Owns listening on a tile: the loudspeaker, the mark of a tile that is heard with its level, the volume. The level
 * moves outside of React.
 */
import { Popover, Slider, Tooltip, UnstyledButton } from '@mantine/core';
import { Volume2, VolumeOff, VolumeX } from 'lucide-react';
import { memo, useEffect, useRef, useState } from 'react';
import { codecName, number, visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import { useText } from '../i18n';
import { FLOOR_DB, share } from '../live/level';
import { type Heard, setVolume, toggleSound, useSound, wakeSpeaker, watchLevel } from '../live/speaker';

/** How long a level stands when no newer one comes. */
const LEVEL_HOLDS_MS = 700;
const SILENCE: Heard = { rms: FLOOR_DB, peak: FLOOR_DB, skewMs: 0, holes: 0, late: 0 };

/** Whether a camera may be worth listening to: it has sound, or nobody has looked yet. */
const maySound = ({ streams }: CameraVm) =>
  streams.some((stream) => stream.audio !== null) || streams.every((stream) => stream.codec === null);

/** The loudspeaker among a tile's tools. */
export const SoundTool = memo(function SoundTool({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const on = useSound((sound) => sound.sounds[camera.id] !== undefined);
  if (!on && !maySound(camera)) return null;
  return (
    <Tooltip label={`${t('sound.listen')} (A)`}>
      <UnstyledButton
        className="tool"
        data-testid="sound-toggle"
        aria-pressed={on}
        aria-label={`${t('sound.listen')}: ${visible(camera.name, 80)}`}
        onClick={() => toggleSound(camera.id)}
      >
        {on ? <Volume2 size={16} aria-hidden /> : <VolumeX size={16} aria-hidden />}
      </UnstyledButton>
    </Tooltip>
  );
});

/** What a tile that is listened to shows always: that it is heard and how loud, or why not. */
export const SoundMark = memo(function SoundMark({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const state = useSound((sound) => sound.sounds[camera.id]?.state);
  const output = useSound((sound) => sound.output);
  const [opened, setOpened] = useState(false);
  if (!state) return null;
  const held = state === 'playing' && (output === 'blocked' || output === 'missing');
  const code = held ? output : state;
  const heard = code === 'playing';
  const Icon = heard ? Volume2 : VolumeOff;
  const open = () => {
    if (held) wakeSpeaker();
    setOpened(!opened);
  };
  return (
    <span className="chip sound" data-testid="sound-mark" data-sound={code}>
      <Popover opened={opened} onChange={setOpened} width={270} withArrow shadow="md" trapFocus returnFocus>
        <Popover.Target>
          <UnstyledButton
            className="soundbutton"
            data-testid="sound-volume"
            aria-label={`${t('sound.volume')}: ${visible(camera.name, 80)}`}
            onClick={open}
          >
            <Icon size={13} className={heard ? undefined : 'tone-warn'} aria-hidden />
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown>
          <Volume camera={camera} code={code} />
        </Popover.Dropdown>
      </Popover>
      {!heard && (
        <span className="word" role="status">
          {t(`sound.${code}`)}
        </span>
      )}
      {state === 'playing' && <Meter camera={camera} />}
    </span>
  );
});

/** The volume, and all that can be said of the sound. */
function Volume({ camera, code }: { camera: CameraVm; code: string }) {
  const { t, lang } = useText();
  const volume = useSound((sound) => sound.volumes[camera.id] ?? 1);
  const detail = useSound((sound) => sound.sounds[camera.id]?.detail ?? null);
  const heard = useRef<HTMLOutputElement>(null);
  useLevel(camera.id, ({ rms, peak, skewMs, holes, late }) => {
    if (!heard.current) return;
    const level = t('sound.level', { rms: number(rms, lang, 0), peak: number(peak, lang, 0) });
    heard.current.textContent = `${level}\n${t('sound.figures', { skew: number(skewMs, lang, 0), holes, late })}`;
  });
  const codec = camera.streams.find((stream) => stream.audio !== null)?.audio ?? null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps the tile and the page from taking what is meant for here.
    <div
      className="soundpanel"
      onDoubleClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      {code !== 'playing' && (
        <p role="status">{t(`sound.${code}Text`, { detail: visible(detail ?? '', 120) })}</p>
      )}
      <Slider
        data-testid="sound-slider"
        thumbLabel={`${t('sound.volume')}: ${visible(camera.name, 80)}`}
        value={Math.round(volume * 100)}
        label={(value) => `${value} %`}
        onChange={(value) => setVolume(camera.id, value / 100)}
      />
      {code === 'playing' && <output className="num" ref={heard} />}
      {codec && <span className="tone-faint">{codecName(codec)}</span>}
    </div>
  );
}

/** A bar for the root mean square, a stroke for the peak. */
function Meter({ camera }: { camera: CameraVm }) {
  const { t, lang } = useText();
  const element = useRef<HTMLSpanElement>(null);
  useLevel(camera.id, ({ rms, peak }) => {
    const meter = element.current;
    if (!meter) return;
    meter.style.setProperty('--rms', `${share(rms)}`);
    meter.style.setProperty('--peak', `${share(peak)}`);
    meter.setAttribute('aria-valuenow', rms.toFixed(0));
    const text = { rms: number(rms, lang, 0), peak: number(peak, lang, 0) };
    meter.setAttribute('aria-valuetext', t('sound.level', text));
  });
  return (
    // biome-ignore lint/a11y/useSemanticElements: the look of a <meter> is the webview's own and cannot hold a peak.
    <span
      ref={element}
      className="soundmeter"
      data-testid="sound-meter"
      role="meter"
      aria-label={`${t('sound.meter')}: ${visible(camera.name, 80)}`}
      aria-valuemin={FLOOR_DB}
      aria-valuemax={0}
      aria-valuenow={FLOOR_DB}
    />
  );
}

/** Shows each level of a camera, and silence when none comes any more. */
function useLevel(camera: string, show: (heard: Heard) => void): void {
  const newest = useRef(show);
  newest.current = show;
  useEffect(() => {
    const fall = () => newest.current(SILENCE);
    let timer = setTimeout(fall, LEVEL_HOLDS_MS);
    const leave = watchLevel(camera, (heard) => {
      clearTimeout(timer);
      timer = setTimeout(fall, LEVEL_HOLDS_MS);
      newest.current(heard);
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [camera]);
}
