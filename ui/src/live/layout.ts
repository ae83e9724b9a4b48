/**
 * Owns how the live grid is divided into tiles, in cells and not in pixels: the layouts there are, what lies beside
 * what, and how tiles change place and size. Everything here gives back something new and changes nothing.
 */
import type { CellVm } from '../gen/CellVm';

/** A tile of a layout, in cells of its grid. */
export type Cell = Omit<CellVm, 'camera'>;

export interface Layout {
  columns: number;
  rows: number;
  cells: Cell[];
}

/** A layout whose tiles show cameras, by their ids. */
export interface Plan extends Layout {
  cells: CellVm[];
}

/** The most columns and rows (`model::saved_view::SIDE_MAX`). */
export const SIDE_MAX = 8;

const cell = (x: number, y: number, width = 1, height = 1): Cell => ({ x, y, width, height });

const overlap = (a: Cell, b: Cell) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Layouts of `side * side` equal tiles. */
export function square(side: number): Layout {
  const cells = Array.from({ length: side * side }, (_, i) => cell(i % side, Math.floor(i / side)));
  return { columns: side, rows: side, cells };
}

/** Large tiles first, single cells around them. */
function around(side: number, large: Cell[]): Layout {
  return covered(planned({ ...square(side), cells: large }, []));
}

/** The layouts there are, by how many tiles they have. */
export const EVEN_TILES = [1, 4, 9, 16, 25, 36, 64] as const;
export const UNEVEN_TILES = [6, 8, 10, 13] as const;
export type Tiles = (typeof EVEN_TILES)[number] | (typeof UNEVEN_TILES)[number];

/** Whether there is a layout of so many tiles. */
export const isTiles = (tiles: number): tiles is Tiles =>
  ([...EVEN_TILES, ...UNEVEN_TILES] as number[]).includes(tiles);

const LAYOUTS: Record<Tiles, Layout> = {
  1: square(1),
  4: square(2),
  9: square(3),
  16: square(4),
  25: square(5),
  36: square(6),
  64: square(8),
  6: around(3, [cell(0, 0, 2, 2)]),
  8: around(4, [cell(0, 0, 3, 3)]),
  10: around(4, [cell(0, 0, 2, 2), cell(2, 0, 2, 2)]),
  13: around(4, [cell(1, 1, 2, 2)]),
};

/** The layout of so many tiles. */
export const layoutOf = (tiles: Tiles): Layout => LAYOUTS[tiles];

/** The smallest even layout that shows `count` cameras, or the largest there is. */
export function tilesFor(count: number): Tiles {
  return EVEN_TILES.find((tiles) => tiles >= count) ?? 64;
}

/** The layout with a tile of one cell wherever none lies, after those there are. */
export function covered({ columns, rows, cells }: Plan): Plan {
  const all = Array.from({ length: columns * rows }, (_, i) => cell(i % columns, Math.floor(i / columns)));
  const free = all.filter((one) => !cells.some((other) => overlap(one, other)));
  return { columns, rows, cells: [...cells, ...free.map((one) => ({ ...one, camera: null }))] };
}

/** The tile that is met first from tile `at` in a direction, by index; -1 at the edge. */
export function neighbour(cells: Cell[], at: number, dx: number, dy: number): number {
  const from = cells[at];
  if (!from) return -1;
  const spanX = ({ x, width }: Cell): [number, number] => [x, x + width];
  const spanY = ({ y, height }: Cell): [number, number] => [y, y + height];
  const [along, across] = dx !== 0 ? [spanX, spanY] : [spanY, spanX];
  /** How far away in the direction, then how far aside. */
  const distance = (to: Cell): number => {
    const [[start, end], [toStart, toEnd]] = [along(from), along(to)];
    const [[side, sideEnd], [toSide, toSideEnd]] = [across(from), across(to)];
    const away = dx + dy > 0 ? toStart - end : start - toEnd;
    const level = side < toSideEnd && toSide < sideEnd;
    return level && away >= 0 ? away * SIDE_MAX + Math.abs(toSide - side) : Number.POSITIVE_INFINITY;
  };
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  for (const [i, to] of cells.entries()) {
    const far = i === at ? Number.POSITIVE_INFINITY : distance(to);
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

/** Cameras in the order of `order`; those it does not name follow as they come. */
export function inOrder<T extends { id: string }>(cameras: T[], order: string[]): T[] {
  const place = new Map(order.map((id, i) => [id, i]));
  // Sorting keeps the order of equals.
  return cameras.toSorted((a, b) => (place.get(a.id) ?? order.length) - (place.get(b.id) ?? order.length));
}

/** The list with two entries exchanged; with the first one at the end where there is no second. */
export function exchanged(ids: string[], one: string, other: string | undefined): string[] {
  if (other === undefined) return [...ids.filter((id) => id !== one), one];
  return ids.map((id) => (id === one ? other : id === other ? one : id));
}

/** What tiles `a` and `b` show is exchanged. */
export function swapped(plan: Plan, a: number, b: number): Plan {
  const camera = (i: number) => plan.cells[i]?.camera ?? null;
  return {
    ...plan,
    cells: plan.cells.map((one, i) =>
      i === a ? { ...one, camera: camera(b) } : i === b ? { ...one, camera: camera(a) } : one,
    ),
  };
}

/** Tile `at` shows this camera, and no other tile does. */
export function assigned(plan: Plan, at: number, camera: string | null): Plan {
  return {
    ...plan,
    cells: plan.cells.map((one, i) =>
      i === at
        ? { ...one, camera }
        : one.camera !== null && one.camera === camera
          ? { ...one, camera: null }
          : one,
    ),
  };
}

/** These cameras in the empty tiles, as far as there are some; none twice. */
export function filled(plan: Plan, cameras: string[]): Plan {
  const there = new Set(plan.cells.map((one) => one.camera));
  const left = cameras.filter((camera) => !there.has(camera));
  return {
    ...plan,
    cells: plan.cells.map((one) => (one.camera ? one : { ...one, camera: left.shift() ?? null })),
  };
}

/** A layout with cameras in the order of its tiles. */
export function planned(layout: Layout, cameras: (string | null)[]): Plan {
  return { ...layout, cells: layout.cells.map((one, i) => ({ ...one, camera: cameras[i] ?? null })) };
}

const camerasOf = (cells: CellVm[]) => cells.flatMap((one) => (one.camera ? [one.camera] : []));

/** Tiles from the upper left to the lower right, as they are read and as the keyboard goes through them. */
function read(plan: Plan): Plan {
  return { ...plan, cells: plan.cells.toSorted((a, b) => a.y - b.y || a.x - b.x) };
}

/**
 * Tile `at` in another size, within the grid. Tiles that it then covers go, their cameras to empty tiles as far as
 * there are some; what it gives free are tiles of one cell.
 */
export function resized(plan: Plan, at: number, width: number, height: number): Plan {
  const from = plan.cells[at];
  if (!from) return plan;
  const within = (length: number, most: number) => Math.min(most, Math.max(1, length));
  const grown = {
    ...from,
    width: within(width, plan.columns - from.x),
    height: within(height, plan.rows - from.y),
  };
  const others = plan.cells.filter((_, i) => i !== at);
  const stay = others.filter((one) => !overlap(one, grown));
  const gone = others.filter((one) => overlap(one, grown));
  return filled(read(covered({ ...plan, cells: [...stay, grown] })), camerasOf(gone));
}

/** The plan on a grid of another size. Tiles are cut at its edges, and the cameras of those outside go to empty ones. */
export function regridded(plan: Plan, columns: number, rows: number): Plan {
  const inside = (one: CellVm) => one.x < columns && one.y < rows;
  const stay = plan.cells.filter(inside).map((one) => ({
    ...one,
    width: Math.min(one.width, columns - one.x),
    height: Math.min(one.height, rows - one.y),
  }));
  const gone = plan.cells.filter((one) => !inside(one));
  return filled(read(covered({ columns, rows, cells: stay })), camerasOf(gone));
}
