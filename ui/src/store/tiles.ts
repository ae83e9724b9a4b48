/**
 * Owns what is open on the tiles of the live page: the joystick, and replays with what steers them.
 */
import { create } from 'zustand';
import { freeze, useLive } from '../live/client';

/** What steers a replay. Times in seconds. */
export interface ReplayControls {
  pause: () => void;
  skip: (by: number) => void;
  /** To an instant, in milliseconds since 1970. */
  seek: (toMs: number) => void;
  /** One picture further, or back. */
  step: (direction: 1 | -1) => void;
  /** The picture that it shows; null before the first. */
  picture: () => { jpeg: string; takenMs: number } | null;
}

interface TilesState {
  /** The camera whose joystick is open. */
  moving: string | null;
  /** Cameras that show a replay, and when it was asked for, in milliseconds since 1970. */
  replays: Record<string, number>;
}

export const useTiles = create<TilesState>(() => ({ moving: null, replays: {} }));

const controls = new Map<string, ReplayControls>();

/** What steers a camera's replay, once it plays. */
export const replayOf = (camera: string): ReplayControls | undefined => controls.get(camera);

/** Offers the controls of a replay; the answer takes them back. */
export function offerControls(camera: string, offered: ReplayControls): () => void {
  controls.set(camera, offered);
  return () => {
    if (controls.get(camera) === offered) controls.delete(camera);
  };
}

/** Shows the last seconds of a camera again, or its live picture. */
export function toggleReplay(camera: string): void {
  if (useTiles.getState().replays[camera] !== undefined) endReplay(camera);
  else useTiles.setState(({ replays }) => ({ replays: { ...replays, [camera]: Date.now() } }));
}

/** Back to the live picture. */
export function endReplay(camera: string): void {
  useTiles.setState(({ replays: { [camera]: _ended, ...others } }) => ({ replays: others }));
}

/** Opens or closes a camera's joystick. */
export function toggleMoving(camera: string): void {
  useTiles.setState(({ moving }) => ({ moving: moving === camera ? null : camera }));
}

/** Lets a camera's picture stand still, or go on. */
export function toggleFreeze(camera: string): void {
  freeze([camera], useLive.getState().frozen[camera] === undefined);
}

/** Lets all of these stand still, or go on when one of them stands still. */
export function toggleFreezeAll(cameras: string[]): void {
  const { frozen } = useLive.getState();
  freeze(cameras, !cameras.some((camera) => frozen[camera] !== undefined));
}

/** Closes everything: nobody looks any more. */
export function closeTiles(): void {
  useTiles.setState({ moving: null, replays: {} });
}
