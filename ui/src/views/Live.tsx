/**
 * Owns the live page: the layout of tiles, the keys, full screen, and what is laid over the pictures. The pictures
 * themselves are the live worker's (`live/`).
 */
import { Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { Minimize2, Unplug } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { CameraVm } from '../gen/CameraVm';
import type { MetricsVm } from '../gen/MetricsVm';
import { useText } from '../i18n';
import { liveCanvas, setFacts, setFocus, setGrid, useLive } from '../live/client';
import { canvasSize, cellRects, type Rect, wall } from '../live/fit';
import { EVEN_TILES, neighbour, square, type Tiles } from '../live/layout';
import type { TileFacts } from '../live/messages';
import { silenceAll, toggleSound } from '../live/speaker';
import { type EngineState, streamKey, useEngine } from '../store/engine';
import { nextFigures, usePage } from '../store/page';
import {
  closeTiles,
  replayOf,
  toggleFreeze,
  toggleFreezeAll,
  toggleMoving,
  toggleReplay,
  useTiles,
} from '../store/tiles';
import { openView, useViews } from '../store/views';
import { useArrangement } from './arrangement';
import { EmptyTile, OffTile } from './EmptyTile';
import { Keys } from './Keys';
import { hotkeysOf } from './keys';
import { LiveBar } from './LiveBar';
import { AllOff } from './LiveFilter';
import { useStill } from './still';
import { Tile } from './Tile';
import { SKIP_S } from './TileReplay';
import { toggleTour, useTourClock } from './Tours';
import { copySnapshot, saveSnapshot, toggleRecording, toggleRecordNow } from './tileActions';
import { DragLayer, useTileDrag } from './tileDrag';
import { zoomOff, zoomStep } from './tileZoom';
import { putCamera } from './viewActions';
import { fillScreen, openWindow, showsNow } from './windowActions';

const GAP = 2;
const RESIZE_MS = 100;

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
  const { focused, fullScreen, filled, figures, keysShown } = usePage();
  const arrangement = useArrangement();
  const { view, layout, slots, cameras, page, pages, allPages } = arrangement;
  useTourClock(allPages);
  const full = cameras.find((camera) => camera.id === fullScreen) ?? null;
  const shown = useMemo(() => (full ? [full] : slots), [full, slots]);
  const used = shown.filter((camera) => camera !== null).filter((camera) => camera.enabled);
  const focusedId = used.some((camera) => camera.id === focused) ? focused : (used[0]?.id ?? null);

  const [setElement, box, element] = useBox();
  const size = useMemo(() => canvasSize(box.width, box.height, box.ratio), [box]);
  const rects = useMemo(
    () =>
      full ? cellRects(size.width, size.height, square(1), 0) : wall(size.width, size.height, layout, GAP),
    [full, layout, size],
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
    let next = slots.findIndex((camera) => camera?.id === focusedId);
    do next = neighbour(layout.cells, next, dx, dy);
    while (next >= 0 && !slots[next]?.enabled);
    if (next >= 0) select(slots[next]?.id);
    else turn(dx);
  };
  const turn = (by: number) => usePage.setState({ screen: Math.min(pages - 1, Math.max(0, page + by)) });
  /** The tile that has the focus goes to the place beside it; beyond the edge to the page before or after. */
  const shift = (dx: number, dy: number) => {
    const at = slots.findIndex((camera) => camera?.id === focusedId);
    if (full || at < 0 || !focusedId) return;
    const next = neighbour(layout.cells, at, dx, dy);
    const first = page * slots.length;
    const to = next >= 0 ? first + next : dx > 0 ? first + slots.length : dx < 0 ? first - 1 : -1;
    if (to < 0 || (next < 0 && to >= cameras.length)) return;
    putCamera(arrangement, focusedId, to);
    usePage.setState({ focused: focusedId, screen: Math.floor(to / slots.length) });
  };
  const chooseLayout = (tiles: Tiles) => {
    const at = Math.max(
      0,
      cameras.findIndex((camera) => camera.id === focusedId),
    );
    if (view) openView(null);
    usePage.setState({ tiles, screen: view ? 0 : Math.floor(at / tiles), fullScreen: null });
  };
  const target = used.find((camera) => camera.id === focusedId);
  const leave = useCallback(() => {
    const at = cameras.findIndex((camera) => camera.id === usePage.getState().fullScreen);
    usePage.setState(
      at >= 0 && !view ? { fullScreen: null, screen: Math.floor(at / slots.length) } : { fullScreen: null },
    );
  }, [cameras, slots.length, view]);
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
  const drag = useTileDrag(
    places,
    full ? null : (camera, to) => putCamera(arrangement, camera, page * slots.length + to),
  );
  const openNth = (n: number) => {
    const id = useViews.getState().views[n]?.id;
    if (id) openView(id);
  };

  const replaying = useTiles((tiles) => focusedId !== null && tiles.replays[focusedId] !== undefined);
  const ofTarget = (act: (camera: CameraVm) => unknown) => () => target && void act(target);
  useHotkeys(
    hotkeysOf(
      {
        layouts: (_, i) => chooseLayout(EVEN_TILES[i] ?? 1),
        arrows: (_, i) => move([-1, 1, 0, 0][i] ?? 0, [0, 0, -1, 1][i] ?? 0),
        shift: (_, i) => shift([-1, 1, 0, 0][i] ?? 0, [0, 0, -1, 1][i] ?? 0),
        views: () => useViews.setState({ menuOpen: !full }),
        view: (_, i) => openNth(i),
        tour: () => !full && toggleTour(allPages),
        pages: (_, i) => turn(i === 0 ? -1 : 1),
        open: ofTarget(({ id }) => open(id)),
        leave: () => (full ? leave() : filled && fillScreen(false)),
        screen: () => fillScreen(),
        window: () => void openWindow(showsNow()),
        figures: nextFigures,
        help: () => usePage.setState({ keysShown: true }),
        freeze: ofTarget(({ id }) => toggleFreeze(id)),
        freezeAll: () => toggleFreezeAll(used.map(({ id }) => id)),
        snapshot: ofTarget(saveSnapshot),
        // Marked text is what a person means to copy then.
        copy: () => (getSelection()?.isCollapsed ?? true) && target && void copySnapshot(target),
        zoom: (_, i) => target && zoomStep(target.id, i === 0 ? 1 : -1),
        whole: ofTarget(({ id }) => zoomOff(id)),
        sound: ofTarget(({ id }) => toggleSound(id)),
        silence: silenceAll,
        record: ofTarget(toggleRecording),
        recordNow: ofTarget(toggleRecordNow),
        replay: ofTarget(({ id }) => toggleReplay(id)),
        replayPause: ofTarget(({ id }) => replayOf(id)?.pause()),
        replaySkip: (_, i) => target && replayOf(target.id)?.skip(i === 0 ? -SKIP_S : SKIP_S),
        replayStep: (_, i) => target && replayOf(target.id)?.step(i === 0 ? -1 : 1),
        replayEnd: ofTarget(({ id }) => toggleReplay(id)),
        ptz: ofTarget(({ id, onvif_url }) => onvif_url && toggleMoving(id)),
      },
      replaying,
    ),
  );
  useStill(element);
  useEffect(
    () => () => {
      usePage.setState({ fullScreen: null });
      closeTiles();
    },
    [],
  );

  return (
    <div className="live">
      <VisuallyHidden component="h1">{t('live.title')}</VisuallyHidden>
      {!full && <LiveBar arrangement={arrangement} layout={chooseLayout} turn={turn} />}
      <section className="stage" ref={setElement} aria-label={t('live.grid')} {...drag}>
        {cameras.length === 0 && !view && <AllOff />}
        {size.width > 0 &&
          (cameras.length > 0 || view) &&
          places.map((place, i) => {
            const camera = shown[i];
            if (!camera)
              return <EmptyTile key={`empty-${place.left}-${place.top}`} view={view} at={i} place={place} />;
            if (!camera.enabled) return <OffTile key={camera.id} camera={camera} place={place} />;
            return (
              <Tile
                key={camera.id}
                camera={camera}
                role={roleOf(camera, full !== null)}
                place={place}
                focused={camera.id === focusedId && used.length > 1}
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
        <DragLayer places={places} />
        <SocketNote />
      </section>
      <Keys opened={keysShown} />
    </div>
  );
}

const focus = (id: string) => usePage.setState({ focused: id });

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
  shown: (CameraVm | null)[],
  rects: Rect[],
  size: { width: number; height: number },
  full: boolean,
): void {
  const tiles = useMemo(
    () =>
      shown.flatMap((camera, i) =>
        camera?.enabled && rects[i] ? [{ camera, rect: rects[i], role: roleOf(camera, full) }] : [],
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
