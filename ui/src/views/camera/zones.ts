/**
 * Owns the corners of zones: moving, adding and removing them. Pure. Corners are shares of the picture, 0 to 1.
 */
import type { ZoneVm } from '../../gen/ZoneVm';

export type Corner = [number, number];

/** As many as the engine takes. */
export const CORNERS_MAX = 32;
export const ZONES_MAX = 16;
const CORNERS_MIN = 3;

const inside = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * 1000) / 1000;

/** A rectangle in the middle of the picture. */
export const newZone = (kind: string, name: string): ZoneVm => ({
  name,
  kind,
  points: [
    [0.3, 0.3],
    [0.7, 0.3],
    [0.7, 0.7],
    [0.3, 0.7],
  ],
});

export const moved = (points: Corner[], at: number, [x, y]: Corner): Corner[] =>
  points.map((point, i) => (i === at ? [inside(x), inside(y)] : point));

/** One more corner, in the middle of the longest side. */
export function withCorner(points: Corner[]): Corner[] {
  if (points.length >= CORNERS_MAX) return points;
  const sides = points.map((from, i) => {
    const to = points[(i + 1) % points.length] ?? from;
    const middle: Corner = [inside((from[0] + to[0]) / 2), inside((from[1] + to[1]) / 2)];
    return { i, middle, length: Math.hypot(to[0] - from[0], to[1] - from[1]) };
  });
  const longest = sides.reduce((one, other) => (other.length > one.length ? other : one));
  return points.toSpliced(longest.i + 1, 0, longest.middle);
}

export const withoutCorner = (points: Corner[], at: number): Corner[] =>
  points.length > CORNERS_MIN ? points.toSpliced(at, 1) : points;
