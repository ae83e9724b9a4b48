/**
 * Owns moving a camera on its tile: the joystick for pointer and keyboard, zoom, focus, home, presets with pictures.
 * What is said to the camera and when is `live/mover.ts`'s.
 */
import { ActionIcon, Button, Popover, ScrollArea, TextInput, Tooltip, UnstyledButton } from '@mantine/core';
import { Bookmark, Home, ImageOff, Minus, Plus, Trash2 } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { toUserError } from '../errors';
import { visible } from '../format';
import type { CameraVm } from '../gen/CameraVm';
import type { PresetVm } from '../gen/PresetVm';
import type { PtzVm } from '../gen/PtzVm';
import type { UserError } from '../gen/UserError';
import { useText } from '../i18n';
import { ptzDrive, ptzGet, ptzGoTo, ptzRemovePreset, ptzSetPreset, ptzStop } from '../ipc';
import type { Mover, Speed } from '../live/mover';
import { tellError } from '../notices';
import { Hold, useMover } from '../parts/hold';
import { FocusTools } from './Focus';

const STILL: Speed = { pan: 0, tilt: 0, zoom: 0 };
/** Speed of a key; a pointer gives any. */
const KEY_SPEED = 0.6;
/** Around the middle nothing moves, as a share of the radius. */
const DEAD = 0.12;

/** The speeds that held keys stand for. */
export function keySpeed(keys: ReadonlySet<string>): Speed {
  const axis = (plus: string[], minus: string[]) =>
    (Number(plus.some((key) => keys.has(key))) - Number(minus.some((key) => keys.has(key)))) * KEY_SPEED;
  return {
    pan: axis(['ArrowRight'], ['ArrowLeft']),
    tilt: axis(['ArrowUp'], ['ArrowDown']),
    zoom: axis(['+', '='], ['-']),
  };
}

/** The speeds of a pointer at this distance from the middle, in radii; the page's y grows downwards. */
export function pointerSpeed(x: number, y: number): Speed {
  const length = Math.hypot(x, y);
  if (length < DEAD) return STILL;
  const cut = Math.min(1, length) / length;
  const round = (value: number) => Math.round(value * 100) / 100;
  return { pan: round(x * cut), tilt: round(-y * cut), zoom: 0 };
}

const KEYS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', '+', '=', '-'];

export function TilePtz({ camera }: { camera: CameraVm }) {
  const { t } = useText();
  const [ptz, setPtz] = useState<PtzVm | null>(null);
  const [error, setError] = useState<UserError | null>(null);
  const name = visible(camera.name, 80);
  useEffect(() => {
    let here = true;
    ptzGet(camera.id)
      .then((read) => here && setPtz(read))
      .catch((failure) => here && setError(toUserError(failure)));
    return () => {
      here = false;
    };
  }, [camera.id]);
  const mover = useMover<Speed>(
    name,
    (speed) => ptzDrive(camera.id, speed),
    () => ptzStop(camera.id),
  );
  if (error) {
    // A camera that cannot be turned may have a lens that can be focused.
    return (
      <div className="ptz">
        <span className="chip" role="status">
          {error.code === 'UNSUPPORTED' ? t('ptz.none') : t('ptz.failed')}
        </span>
        <div className="ptzside">
          <FocusTools camera={camera} />
        </div>
      </div>
    );
  }
  if (!ptz) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps the tile and the page from taking what is meant for here.
    <div className="ptz" onDoubleClick={(event) => event.stopPropagation()}>
      <Stick camera={camera} ptz={ptz} mover={mover} />
      <div className="ptzside">
        {ptz.continuous.zoom && (
          <>
            <Hold mover={mover} speed={{ ...STILL, zoom: KEY_SPEED }} label={t('ptz.zoomIn')}>
              <Plus size={16} aria-hidden />
            </Hold>
            <Hold mover={mover} speed={{ ...STILL, zoom: -KEY_SPEED }} label={t('ptz.zoomOut')}>
              <Minus size={16} aria-hidden />
            </Hold>
          </>
        )}
        <FocusTools camera={camera} />
        {ptz.home && (
          <Tooltip label={`${t('ptz.home')} (Home)`}>
            <UnstyledButton
              className="tool"
              aria-label={`${t('ptz.home')}: ${name}`}
              onClick={() => ptzGoTo(camera.id, null).catch((failure) => tellError(failure, name))}
            >
              <Home size={16} aria-hidden />
            </UnstyledButton>
          </Tooltip>
        )}
        {ptz.presets_max > 0 && <Presets camera={camera} first={ptz.presets} />}
      </div>
    </div>
  );
}

function Stick({ camera, ptz, mover }: { camera: CameraVm; ptz: PtzVm; mover: Mover }) {
  const { t } = useText();
  const keys = useRef(new Set<string>());
  const stick = useRef<HTMLDivElement>(null);
  const [knob, setKnob] = useState({ x: 0, y: 0 });
  const name = visible(camera.name, 80);
  const release = () => {
    keys.current.clear();
    setKnob({ x: 0, y: 0 });
    mover.release();
  };
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const radius = box.width / 2;
    const speed = pointerSpeed(
      (event.clientX - box.left - radius) / radius,
      (event.clientY - box.top - radius) / radius,
    );
    setKnob({ x: speed.pan, y: -speed.tilt });
    mover.set(speed);
  };
  const press = (event: KeyboardEvent<HTMLDivElement>, down: boolean) => {
    if (event.key === 'Home' && down && ptz.home) {
      event.preventDefault();
      event.stopPropagation();
      ptzGoTo(camera.id, null).catch((failure) => tellError(failure, name));
    }
    if (event.key === 'Escape' && down) {
      // Back to the tile, where the arrows go from tile to tile again.
      event.stopPropagation();
      stick.current?.closest<HTMLElement>('.tile')?.focus({ preventScroll: true });
    }
    if (!KEYS.includes(event.key)) return;
    // The page's arrows go from tile to tile; here they move the camera.
    event.preventDefault();
    event.stopPropagation();
    if (down) keys.current.add(event.key);
    else keys.current.delete(event.key);
    const speed = keySpeed(keys.current);
    setKnob({ x: speed.pan, y: -speed.tilt });
    mover.set(speed);
  };
  // Whoever opens it means to move: its keys are there at once.
  useEffect(() => stick.current?.focus({ preventScroll: true }), []);
  if (!ptz.continuous.pan_tilt) return null;
  return (
    <div
      ref={stick}
      className="stick"
      data-testid="ptz-stick"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move the camera while it has the focus.
      tabIndex={0}
      aria-label={t('ptz.stick', { name })}
      title={t('ptz.stickHint')}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.focus();
        follow(event);
      }}
      onPointerMove={(event) => event.buttons !== 0 && follow(event)}
      onPointerUp={release}
      onPointerCancel={release}
      onLostPointerCapture={release}
      onKeyDown={(event) => press(event, true)}
      onKeyUp={(event) => press(event, false)}
      onBlur={release}
    >
      <span className="knob" style={{ left: `${50 + knob.x * 34}%`, top: `${50 + knob.y * 34}%` }} />
    </div>
  );
}

function Presets({ camera, first }: { camera: CameraVm; first: PresetVm[] }) {
  const { t } = useText();
  const [presets, setPresets] = useState(first);
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const subject = visible(camera.name, 80);
  const set = async () => {
    setBusy(true);
    try {
      const preset = await ptzSetPreset(camera.id, name.trim());
      setPresets((before) => [...before.filter((one) => one.token !== preset.token), preset]);
      setName('');
    } catch (failure) {
      tellError(failure, subject);
    } finally {
      setBusy(false);
    }
  };
  const go = (preset: PresetVm) =>
    ptzGoTo(camera.id, preset.token).catch((failure) => tellError(failure, subject));
  const remove = async (preset: PresetVm) => {
    try {
      await ptzRemovePreset(camera.id, preset.token);
      setPresets((before) => before.filter((one) => one.token !== preset.token));
    } catch (failure) {
      tellError(failure, subject);
    }
  };
  return (
    <Popover width={290} position="left-end" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Tooltip label={t('ptz.presets')}>
          <UnstyledButton
            className="tool"
            data-testid="ptz-presets"
            aria-label={`${t('ptz.presets')}: ${subject}`}
          >
            <Bookmark size={16} aria-hidden />
          </UnstyledButton>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown onKeyDown={(event) => event.stopPropagation()}>
        <ScrollArea.Autosize mah={260}>
          <ul className="presets">
            {presets.map((preset) => {
              const title = visible(preset.name, 64) || preset.token;
              return (
                <li key={preset.token}>
                  <UnstyledButton className="preset" onClick={() => go(preset)}>
                    {preset.picture ? (
                      <img src={preset.picture} alt="" width={80} height={45} />
                    ) : (
                      <span className="nopicture">
                        <ImageOff size={16} aria-hidden />
                      </span>
                    )}
                    <span className="clip">{title}</span>
                  </UnstyledButton>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={t('ptz.removePreset', { name: title })}
                    onClick={() => remove(preset)}
                  >
                    <Trash2 size={15} aria-hidden />
                  </ActionIcon>
                </li>
              );
            })}
          </ul>
        </ScrollArea.Autosize>
        <form
          className="presetform"
          onSubmit={(event) => {
            event.preventDefault();
            void set();
          }}
        >
          <TextInput
            size="xs"
            data-testid="ptz-preset-name"
            aria-label={t('ptz.presetName')}
            placeholder={t('ptz.presetName')}
            maxLength={64}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button
            size="xs"
            type="submit"
            data-testid="ptz-preset-set"
            loading={busy}
            disabled={name.trim() === ''}
          >
            {t('ptz.setPreset')}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
