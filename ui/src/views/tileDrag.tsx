/**
 * Owns dragging a tile to another place of the grid. The picture of a tile that is magnified is moved about by the same
 * hand (`tileZoom`): such a tile is dragged by its name, which is a grip (`data-grip`) always.
 */
import { type CSSProperties, type PointerEvent, useEffect, useRef } from 'react';
import { create } from 'zustand';
import { useLive } from '../live/client';
import { isWhole, WHOLE } from '../live/view';

/** A hand that moves less than this, in CSS pixels, only presses. */
const SLACK = 6;

/** Where a tile lies on the stage, in CSS pixels. */
export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface Drag {
  camera: string;
  name: string;
  /** Where the hand is on the stage. */
  x: number;
  y: number;
  /** The tile under it. */
  over: number | null;
}

const useDrag = create<{ drag: Drag | null }>(() => ({ drag: null }));
const end = () => useDrag.setState({ drag: null });

/** The tile at a point of the stage; null in a gap and beside the wall. */
export function placeAt(places: Place[], x: number, y: number): number | null {
  const at = places.findIndex(
    (place) =>
      x >= place.left && x < place.left + place.width && y >= place.top && y < place.top + place.height,
  );
  return at < 0 ? null : at;
}

/** What the stage does for the pointer; `drop` is told which camera comes to which tile. Without it nothing is dragged. */
export function useTileDrag(places: Place[], drop: ((camera: string, to: number) => void) | null) {
  const pressed = useRef<{ camera: string; name: string; x: number; y: number } | null>(null);
  const letGo = () => {
    pressed.current = null;
    end();
  };
  useEffect(() => end, []);
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      pressed.current = null;
      const target = event.target as HTMLElement;
      const tile = target.closest<HTMLElement>('.tile');
      const camera = tile?.dataset.camera;
      if (!drop || !camera || event.button !== 0) return;
      const whole = isWhole(useLive.getState().views[camera] ?? WHOLE);
      if (!target.closest('[data-grip]') && (target !== tile || !whole)) return;
      const name = tile.querySelector('[data-grip]')?.getAttribute('title') ?? '';
      pressed.current = { camera, name, x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const from = pressed.current;
      if (!from) return;
      if (useDrag.getState().drag === null) {
        if (Math.hypot(event.clientX - from.x, event.clientY - from.y) < SLACK) return;
        event.currentTarget.setPointerCapture(event.pointerId);
      }
      const box = event.currentTarget.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      useDrag.setState({ drag: { ...from, x, y, over: placeAt(places, x, y) } });
    },
    onPointerUp: () => {
      const { drag } = useDrag.getState();
      letGo();
      if (drop && drag && drag.over !== null) drop(drag.camera, drag.over);
    },
    onPointerCancel: letGo,
    onLostPointerCapture: letGo,
    /** Esc lets go without dropping. */
    onKeyDownCapture: (event: { key: string; stopPropagation: () => void }) => {
      if (event.key !== 'Escape' || useDrag.getState().drag === null) return;
      event.stopPropagation();
      letGo();
    },
  };
}

/** What a drag looks like: the camera's name at the hand, and a frame where it will go. */
export function DragLayer({ places }: { places: CSSProperties[] }) {
  const drag = useDrag((state) => state.drag);
  if (!drag) return null;
  const target = drag.over === null ? undefined : places[drag.over];
  return (
    <div className="draglayer" data-testid="drag-layer" aria-hidden>
      {target && <div className="droptarget" style={target} />}
      <span className="chip" style={{ position: 'absolute', left: drag.x + 8, top: drag.y + 8 }}>
        {drag.name}
      </span>
    </div>
  );
}
