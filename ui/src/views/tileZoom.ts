/**
 * Owns how wheel, hand and keys magnify a tile's picture and move about in it. Knows no numbers of its own: what a view
 * is stands in `live/view`.
 */
import { type PointerEvent, useRef, type WheelEvent } from 'react';
import { setView, useLive } from '../live/client';
import { isWhole, pan, type View, WHOLE, zoom } from '../live/view';

/** A notch of a usual wheel is 100 to 120 of these. */
const WHEEL_PER_DOUBLE = 300;
/** A key press. */
const STEP = 1.5;

const viewOf = (camera: string): View => useLive.getState().views[camera] ?? WHOLE;

/** Magnifies about the middle, by one step in (1) or out (-1). */
export function zoomStep(camera: string, direction: 1 | -1): void {
  setView(camera, zoom(viewOf(camera), STEP ** direction, 0.5, 0.5));
}

/** Shows the whole picture again. */
export function zoomOff(camera: string): void {
  if (!isWhole(viewOf(camera))) setView(camera, WHOLE);
}

/** What a tile does for the pointer. Only what hits the picture itself counts: tools and panels lie on it. */
export function useZoom(camera: string) {
  const held = useRef<{ x: number; y: number } | null>(null);
  const letGo = () => {
    held.current = null;
  };
  return {
    onWheel: (event: WheelEvent<HTMLElement>) => {
      if (event.target !== event.currentTarget) return;
      const box = event.currentTarget.getBoundingClientRect();
      const factor = 2 ** (-event.deltaY / WHEEL_PER_DOUBLE);
      const [px, py] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      setView(camera, zoom(viewOf(camera), factor, px, py));
    },
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.target !== event.currentTarget || event.button !== 0 || isWhole(viewOf(camera))) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      held.current = { x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!held.current) return;
      const box = event.currentTarget.getBoundingClientRect();
      const dx = (event.clientX - held.current.x) / box.width;
      const dy = (event.clientY - held.current.y) / box.height;
      held.current = { x: event.clientX, y: event.clientY };
      setView(camera, pan(viewOf(camera), dx, dy));
    },
    onPointerUp: letGo,
    onPointerCancel: letGo,
  };
}
