/**
 * Owns the live page: the layout of tiles, the keys, full screen, and what is laid over the pictures. The pictures
 * themselves are the live worker's (`live/`).
 */
import {
  ActionIcon,
  Button,
  Kbd,
  Modal,
  SegmentedControl,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core';
import { type HotkeyItem, useHotkeys } from '@mantine/hooks';
import { Activity, ChevronLeft, ChevronRight, Keyboard, Minimize2, Unplug } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { CameraVm } from '../gen/CameraVm';
import type { MetricsVm } from '../gen/MetricsVm';
import { useText } from '../i18n';
import { liveCanvas, setFacts, setFocus, setGrid, useLive } from '../live/client';
import { canvasSize, fit, type Rect, tileRects } from '../live/fit';
import type { TileFacts } from '../live/messages';
import { type EngineState, streamKey, useEngine } from '../store/engine';
import { type FigureMode, nextFigures, SIDES, type Side, sideFor, usePage } from '../store/page';
import { AllOff, LiveFilter, useShownCameras } from './LiveFilter';
import { Tile } from './Tile';
import { saveSnapshot, toggleRecording } from './tileActions';
import { zoomOff, zoomStep } from './tileZoom';

const GAP = 2;
const RESIZE_MS = 100;

/** Tiles of 16:9 side by side in the middle of the stage, so that what is left over frames the wall, not each tile. */
function wall(width: number, height: number, side: number): Rect[] {
  if (width < 2 || height < 2) return [];
  const area = fit(16, 9, { x: 0, y: 0, width, height });
  return tileRects(area.width, area.height, side, GAP).map((rect) => ({
    ...rect,
    x: rect.x + area.x,
    y: rect.y + area.y,
  }));
}

/** The role a tile shows: the sub-stream where there is one, the main stream on full screen. */
function roleOf(camera: CameraVm, full: boolean): 'main' | 'sub' {
  return !full && camera.streams.some((stream) => stream.role === 'sub') ? 'sub' : 'main';
}

function factsOf(camera: CameraVm, role: string, metrics: MetricsVm | undefined): TileFacts {
  const stream = camera.streams.find((one) => one.role === role);
  return {
    stale: metrics !== undefined && !['live', 'connecting', 'idle'].includes(metrics.state),
    pictureWidth: metrics?.width ?? stream?.width ?? 0,
    pictureHeight: metrics?.height ?? stream?.height ?? 0,
  };
}

interface Box {
  width: number;
  height: number;
  ratio: number;
}

/** The stage's size in CSS pixels, following the window and its scale. */
function useBox(): [(element: HTMLDivElement | null) => void, Box, HTMLDivElement | null] {
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const [box, setBox] = useState<Box>({ width: 0, height: 0, ratio: 1 });
  useLayoutEffect(() => {
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let first = true;
    const read = () =>
      setBox({
        width: element.clientWidth,
        height: element.clientHeight,
        ratio: window.devicePixelRatio || 1,
      });
    const observer = new ResizeObserver(() => {
      clearTimeout(timer);
      if (first) read();
      else timer = setTimeout(read, RESIZE_MS);
      first = false;
    });
    observer.observe(element);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [element]);
  return [setElement, box, element];
}

export function Live() {
  const { t } = useText();
  const cameras = useShownCameras();
  const { side: chosenSide, screen, focused, fullScreen, figures, keysShown } = usePage();
  const side = chosenSide ?? sideFor(cameras.length);
  const perScreen = side * side;
  const screens = Math.max(1, Math.ceil(cameras.length / perScreen));
  const page = Math.min(screen, screens - 1);
  const full = cameras.find((camera) => camera.id === fullScreen) ?? null;
  const shown = useMemo(
    () => (full ? [full] : cameras.slice(page * perScreen, (page + 1) * perScreen)),
    [cameras, full, page, perScreen],
  );
  const focusedId = shown.some((camera) => camera.id === focused) ? focused : (shown[0]?.id ?? null);

  const [setElement, box, element] = useBox();
  const size = useMemo(() => canvasSize(box.width, box.height, box.ratio), [box]);
  const rects = useMemo(
    () => (full ? tileRects(size.width, size.height, 1, 0) : wall(size.width, size.height, side)),
    [full, side, size],
  );
  useCanvas(element, size);
  useGrid(shown, rects, size, full !== null);
  useEffect(() => setFocus(focusedId), [focusedId]);

  const select = (id: string | undefined) => {
    if (!id) return;
    usePage.setState({ focused: id });
    document.getElementById(`tile-${id}`)?.focus({ preventScroll: true });
  };
  const move = (dx: number, dy: number) => {
    if (full) {
      const at = cameras.findIndex((camera) => camera.id === full.id);
      const next = cameras[(at + dx + dy + cameras.length) % cameras.length];
      if (next) usePage.setState({ fullScreen: next.id, focused: next.id });
      return;
    }
    const at = shown.findIndex((camera) => camera.id === focusedId);
    const x = (at % side) + dx;
    const next = at + dx + dy * side;
    if (x < 0 && page > 0) usePage.setState({ screen: page - 1 });
    else if ((x >= side || next >= shown.length) && dx > 0 && page < screens - 1) turn(1);
    else if (x >= 0 && x < side && next >= 0) select(shown[next]?.id);
  };
  const turn = (by: number) => usePage.setState({ screen: Math.min(screens - 1, Math.max(0, page + by)) });
  const layout = (next: Side) => {
    const at = Math.max(
      0,
      cameras.findIndex((camera) => camera.id === focusedId),
    );
    usePage.setState({ side: next, screen: Math.floor(at / (next * next)), fullScreen: null });
  };
  const target = shown.find((camera) => camera.id === focusedId);
  const leave = useCallback(() => {
    const at = cameras.findIndex((camera) => camera.id === usePage.getState().fullScreen);
    usePage.setState(
      at >= 0 ? { fullScreen: null, screen: Math.floor(at / perScreen) } : { fullScreen: null },
    );
  }, [cameras, perScreen]);
  const open = useCallback(
    (id: string) => {
      if (usePage.getState().fullScreen) leave();
      else usePage.setState({ fullScreen: id, focused: id });
    },
    [leave],
  );
  const places = useMemo(
    () =>
      rects.map((rect) => ({
        left: rect.x / size.scale,
        top: rect.y / size.scale,
        width: rect.width / size.scale,
        height: rect.height / size.scale,
      })),
    [rects, size.scale],
  );

  useHotkeys([
    ...SIDES.map((side, i): HotkeyItem => [`${i + 1}`, () => layout(side)]),
    ['ArrowLeft', () => move(-1, 0)],
    ['ArrowRight', () => move(1, 0)],
    ['ArrowUp', () => move(0, -1)],
    ['ArrowDown', () => move(0, 1)],
    ['PageUp', () => turn(-1)],
    ['PageDown', () => turn(1)],
    ['m', nextFigures],
    ['s', () => target && void saveSnapshot(target)],
    ['r', () => target && void toggleRecording(target)],
    ['f', () => toggleScreen()],
    ['plus', () => target && zoomStep(target.id, 1)],
    ['shift+plus', () => target && zoomStep(target.id, 1)],
    ['minus', () => target && zoomStep(target.id, -1)],
    ['0', () => target && zoomOff(target.id)],
    // On a button Enter is the button's, on a tile the tile's own.
    ['Enter', (event) => isNobodys(event.target) && target && open(target.id)],
    ['Escape', () => full && !keysShown && leave()],
    ['shift+?', () => usePage.setState({ keysShown: true })],
    ['?', () => usePage.setState({ keysShown: true })],
  ]);
  useEffect(() => () => usePage.setState({ fullScreen: null }), []);

  return (
    <div className="live">
      <VisuallyHidden component="h1">{t('live.title')}</VisuallyHidden>
      {!full && (
        <LiveBar side={side} layout={layout} page={page} pages={screens} turn={turn} figures={figures} />
      )}
      <section className="stage" ref={setElement} aria-label={t('live.grid')}>
        {cameras.length === 0 && <AllOff />}
        {size.width > 0 &&
          cameras.length > 0 &&
          places.map((place, i) => {
            const camera = shown[i];
            if (!camera)
              return <div key={`empty-${place.left}-${place.top}`} className="emptytile" style={place} />;
            return (
              <Tile
                key={camera.id}
                camera={camera}
                role={roleOf(camera, full !== null)}
                place={place}
                focused={camera.id === focusedId && shown.length > 1}
                full={full !== null}
                figures={figures}
                onFocus={focus}
                onOpen={open}
              />
            );
          })}
        {full && (
          <div className="fullhead">
            <Tooltip label={t('live.leaveFull')}>
              <UnstyledButton className="tool" onClick={leave} aria-label={t('live.leaveFull')}>
                <Minimize2 size={16} aria-hidden />
              </UnstyledButton>
            </Tooltip>
          </div>
        )}
        <SocketNote />
      </section>
      <Keys opened={keysShown} />
    </div>
  );
}

const focus = (id: string) => usePage.setState({ focused: id });

/** Whether a key was pressed while nothing in particular had the focus. */
function isNobodys(target: EventTarget | null): boolean {
  return target === document.body || (target instanceof HTMLElement && target.id === 'content');
}

function toggleScreen(): void {
  const change = document.fullscreenElement
    ? document.exitFullscreen()
    : document.documentElement.requestFullscreen();
  // A webview that has no full screen for pages says no; the grid stays as it is.
  change.catch(() => undefined);
}

/** Hangs the worker's canvas into the stage. */
function useCanvas(stage: HTMLElement | null, size: { width: number; height: number; scale: number }): void {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const scheme = useEngine((state) => state.settings?.theme);
  useLayoutEffect(() => {
    if (!stage) return;
    const colour = getComputedStyle(document.documentElement).getPropertyValue('--stage').trim() || '#0b0c0e';
    const element = liveCanvas(colour);
    canvas.current = element;
    stage.prepend(element);
    // The scheme's colours are read again when the setting changes.
    void scheme;
    return () => element.remove();
  }, [stage, scheme]);
  useLayoutEffect(() => {
    if (!canvas.current) return;
    canvas.current.style.width = `${size.width / size.scale}px`;
    canvas.current.style.height = `${size.height / size.scale}px`;
  }, [size]);
}

/** Tells the worker which tiles to show, and what the engine knows about them. */
function useGrid(
  shown: CameraVm[],
  rects: Rect[],
  size: { width: number; height: number },
  full: boolean,
): void {
  const tiles = useMemo(
    () =>
      shown.flatMap((camera, i) =>
        rects[i] ? [{ camera, rect: rects[i], role: roleOf(camera, full) }] : [],
      ),
    [shown, rects, full],
  );
  // Cameras read again are other objects with the same streams: only what a grid says decides whether it is new.
  const wanted = JSON.stringify([size.width, size.height, tiles.map((t) => [t.camera.id, t.role, t.rect])]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `wanted` stands for all of it.
  useEffect(() => {
    if (size.width === 0 || size.height === 0) return;
    const now = useEngine.getState().metrics;
    setGrid(
      size.width,
      size.height,
      tiles.map(({ camera, role, rect }) => ({
        camera: camera.id,
        role,
        ...rect,
        facts: factsOf(camera, role, now[streamKey(camera.id, role)]),
      })),
    );
  }, [wanted]);
  // Outside of React: the figures come twice a second and rarely change a fact.
  useEffect(() => {
    let told = '';
    const tell = ({ metrics }: EngineState) => {
      const facts = tiles.map(({ camera, role }) =>
        factsOf(camera, role, metrics[streamKey(camera.id, role)]),
      );
      const now = JSON.stringify(facts);
      if (now !== told) setFacts(facts);
      told = now;
    };
    tell(useEngine.getState());
    return useEngine.subscribe(tell);
  }, [tiles]);
  // Nobody looks any more: the engine may let go of the streams.
  useEffect(() => () => setGrid(2, 2, []), []);
}

function LiveBar(props: {
  side: Side;
  layout: (side: Side) => void;
  page: number;
  pages: number;
  turn: (by: number) => void;
  figures: FigureMode;
}) {
  const { t } = useText();
  return (
    <div className="livebar">
      <SegmentedControl
        size="xs"
        aria-label={t('live.layout')}
        value={`${props.side}`}
        onChange={(value) => props.layout(Number(value) as Side)}
        data={SIDES.map((side) => ({ value: `${side}`, label: `${side * side}` }))}
      />
      {props.pages > 1 && (
        <>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={props.page === 0}
            onClick={() => props.turn(-1)}
            aria-label={t('live.previous')}
          >
            <ChevronLeft size={18} />
          </ActionIcon>
          <span className="num">{t('live.page', { page: props.page + 1, pages: props.pages })}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            disabled={props.page >= props.pages - 1}
            onClick={() => props.turn(1)}
            aria-label={t('live.next')}
          >
            <ChevronRight size={18} />
          </ActionIcon>
        </>
      )}
      <LiveFilter />
      <span style={{ flex: 1 }} />
      <PathNote />
      <Button
        size="xs"
        variant={props.figures === 'all' ? 'light' : 'subtle'}
        color={props.figures === 'all' ? undefined : 'gray'}
        leftSection={<Activity size={15} aria-hidden />}
        onClick={nextFigures}
      >
        {t(`live.figures.${props.figures}`)}
      </Button>
      <Button
        size="xs"
        variant="subtle"
        color="gray"
        leftSection={<Keyboard size={15} aria-hidden />}
        onClick={() => usePage.setState({ keysShown: true })}
      >
        {t('live.keys')}
      </Button>
    </div>
  );
}

/** Which way the pictures go, and why. */
export function usePathText(): { path: string; reason: string } {
  const { t } = useText();
  const path = useLive((state) => state.stats?.path ?? null);
  const reason = useLive((state) => state.stats?.reason ?? null);
  return {
    path: t(`live.path.${path === 'webview' || path === 'native' ? path : 'none'}`),
    reason: reason ? t(`live.reason.${reason}`, { defaultValue: reason }) : '',
  };
}

function PathNote() {
  const { path, reason } = usePathText();
  return (
    <Tooltip label={reason} disabled={reason === ''}>
      <span style={{ color: 'var(--faint)', fontSize: 12 }} className="clip">
        {path}
      </span>
    </Tooltip>
  );
}

function SocketNote() {
  const { t } = useText();
  const lost = useLive((state) => state.stats !== null && !state.stats.connected);
  const [late, setLate] = useState(false);
  useEffect(() => {
    // A socket that is back within a second is not worth a word.
    const timer = setTimeout(() => setLate(lost), lost ? 1200 : 0);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!lost || !late) return null;
  return (
    <div className="stagenote chip" role="status">
      <Unplug size={14} aria-hidden />
      {t('live.noSocket')}
    </div>
  );
}

function Keys({ opened }: { opened: boolean }) {
  const { t } = useText();
  const rows: [string[], string][] = [
    [SIDES.map((_, i) => `${i + 1}`), 'layouts'],
    [['←', '→', '↑', '↓'], 'arrows'],
    [['Enter'], 'enter'],
    [['Esc'], 'esc'],
    [['PgUp', 'PgDn'], 'pages'],
    [['s'], 's'],
    [['r'], 'r'],
    [['m'], 'm'],
    [['f'], 'f'],
    [['+', '−'], 'zoom'],
    [['0'], 'whole'],
    [['?'], 'help'],
  ];
  return (
    <Modal
      closeButtonProps={{ 'aria-label': t('common.close') }}
      opened={opened}
      onClose={() => usePage.setState({ keysShown: false })}
      title={t('live.key.title')}
      size={440}
    >
      <dl className="facts" style={{ gap: '10px 20px' }}>
        {rows.map(([keys, name]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt style={{ display: 'flex', gap: 4 }}>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{t(`live.key.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
