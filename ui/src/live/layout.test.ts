/**
 * Tests of layouts: what lies beside what, and what becomes of cameras when tiles change place and size.
 */
import { describe, expect, it } from 'vitest';
import {
  assigned,
  type Cell,
  covered,
  EVEN_TILES,
  exchanged,
  filled,
  inOrder,
  layoutOf,
  neighbour,
  type Plan,
  planned,
  regridded,
  resized,
  square,
  swapped,
  tilesFor,
  UNEVEN_TILES,
} from './layout';

/** A plan as rows of letters: each tile's camera, or a dot, in every cell that it covers. */
function drawn({ columns, rows, cells }: Plan): string[] {
  const grid = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ' '));
  for (const cell of cells) {
    for (let y = cell.y; y < cell.y + cell.height; y += 1) {
      for (let x = cell.x; x < cell.x + cell.width; x += 1) {
        expect(grid[y]?.[x], `nothing else at ${x}, ${y}`).toBe(' ');
        grid[y]![x] = cell.camera ?? '.';
      }
    }
  }
  return grid.map((row) => row.join(''));
}

const letters = (text: string) => [...text].map((one) => (one === '.' ? null : one));
const plan = (side: number, cameras: string) => planned(square(side), letters(cameras));

describe('layouts', () => {
  it.each([...EVEN_TILES, ...UNEVEN_TILES])('of %i tiles cover the whole grid', (tiles) => {
    const layout = layoutOf(tiles);
    expect(layout.cells).toHaveLength(tiles);
    expect(drawn(planned(layout, [])).join('')).toBe('.'.repeat(layout.columns * layout.rows));
  });
  it('show the first camera large', () => {
    expect(drawn(planned(layoutOf(6), letters('abcdef')))).toEqual(['aab', 'aac', 'def']);
    expect(drawn(planned(layoutOf(8), letters('abcdefgh')))).toEqual(['aaab', 'aaac', 'aaad', 'efgh']);
    expect(drawn(planned(layoutOf(10), letters('abcdefghij')))).toEqual(['aabb', 'aabb', 'cdef', 'ghij']);
    expect(drawn(planned(layoutOf(13), letters('abcdefghijklm')))).toEqual(['bcde', 'faag', 'haai', 'jklm']);
  });
  it('are chosen as the smallest that shows all', () => {
    expect([0, 1, 2, 4, 5, 9, 10, 16, 17, 25, 26, 40, 64, 65].map(tilesFor)).toEqual([
      1, 1, 4, 4, 9, 9, 16, 16, 25, 25, 36, 64, 64, 64,
    ]);
  });
});

describe('neighbour', () => {
  const go = (cells: Cell[], at: number, keys: string) =>
    [...keys].map((key) => {
      const [dx = 0, dy = 0] = { '<': [-1, 0], '>': [1, 0], '^': [0, -1], v: [0, 1] }[key] ?? [];
      return neighbour(cells, at, dx, dy);
    });
  it('is the tile beside, and none beyond the edge', () => {
    expect(go(square(3).cells, 4, '<>^v')).toEqual([3, 5, 1, 7]);
    expect(go(square(3).cells, 0, '<>^v')).toEqual([-1, 1, -1, 3]);
    expect(go(square(3).cells, 8, '<>^v')).toEqual([7, -1, 5, -1]);
  });
  it('is found beside large tiles too', () => {
    // aab
    // aac
    // def
    const { cells } = layoutOf(6);
    expect(go(cells, 0, '<>^v')).toEqual([-1, 1, -1, 3]);
    expect(go(cells, 2, '<>^v')).toEqual([0, -1, 1, 5]);
    expect(go(cells, 4, '<>^v')).toEqual([3, 5, 0, -1]);
  });
  it('may lie behind a hole', () => {
    const cells: Cell[] = [
      { x: 0, y: 0, width: 1, height: 1 },
      { x: 3, y: 0, width: 1, height: 2 },
    ];
    expect([go(cells, 0, '<>^v'), go(cells, 1, '<>^v'), go(cells, 9, '>')]).toEqual([
      [-1, 1, -1, -1],
      [0, -1, -1, -1],
      [-1],
    ]);
  });
});

describe('order', () => {
  const cameras = ['a', 'b', 'c', 'd'].map((id) => ({ id }));
  it('puts those that are named first', () => {
    expect(inOrder(cameras, ['c', 'gone', 'a']).map(({ id }) => id)).toEqual(['c', 'a', 'b', 'd']);
    expect(inOrder(cameras, [])).toEqual(cameras);
  });
  it('exchanges two, or puts one last', () => {
    expect(exchanged(['a', 'b', 'c'], 'a', 'c')).toEqual(['c', 'b', 'a']);
    expect(exchanged(['a', 'b', 'c'], 'a', undefined)).toEqual(['b', 'c', 'a']);
  });
});

describe('plans', () => {
  it('exchange what two tiles show, empty ones too', () => {
    expect(drawn(swapped(plan(2, 'ab.c'), 0, 3))).toEqual(['cb', '.a']);
    expect(drawn(swapped(plan(2, 'ab.c'), 2, 1))).toEqual(['a.', 'bc']);
  });
  it('show a camera in one tile only', () => {
    expect(drawn(assigned(plan(2, 'ab.c'), 2, 'a'))).toEqual(['.b', 'ac']);
    expect(drawn(assigned(plan(2, 'ab.c'), 0, null))).toEqual(['.b', '.c']);
    expect(drawn(filled(plan(2, 'a..c'), ['c', 'd', 'a', 'e', 'f']))).toEqual(['ad', 'ec']);
  });
  it('grow over others, whose cameras go where room is', () => {
    const grown = resized(plan(3, 'abcde.gh.'), 0, 2, 2);
    expect(drawn(grown)).toEqual(['aac', 'aab', 'ghd']);
    // No room for e: the grid is full of others.
    expect(new Set(drawn(grown).join(''))).not.toContain('e');
    expect(drawn(resized(grown, 0, 1, 1))).toEqual(['a.c', '..b', 'ghd']);
  });
  it('do not grow over the edge nor to nothing', () => {
    expect(drawn(resized(plan(2, 'a...'), 0, 99, 1))).toEqual(['aa', '..']);
    expect(drawn(resized(plan(2, '..a.'), 2, 1, 99))).toEqual(['..', 'a.']);
    expect(drawn(resized(plan(2, 'abcd'), 0, 0, -5))).toEqual(['ab', 'cd']);
    expect(resized(plan(2, 'abcd'), 9, 2, 2)).toEqual(plan(2, 'abcd'));
  });
  it('lose no camera to a tile that is covered in part', () => {
    const wide = resized(plan(3, 'ab.......'), 1, 2, 2);
    expect(drawn(wide)).toEqual(['abb', '.bb', '...']);
    expect(drawn(resized(wide, 0, 2, 1))).toEqual(['aab', '...', '...']);
  });
  it('follow the size of the grid', () => {
    const large = resized(plan(3, 'ab.....hi'), 0, 2, 2);
    expect(drawn(large)).toEqual(['aab', 'aa.', '.hi']);
    expect(drawn(regridded(large, 2, 2))).toEqual(['aa', 'aa']);
    expect(drawn(regridded(large, 4, 2))).toEqual(['aabh', 'aai.']);
    expect(drawn(regridded(plan(1, 'a'), 2, 3))).toEqual(['a.', '..', '..']);
  });
  it('cover what no tile covers', () => {
    expect(drawn(covered({ columns: 2, rows: 1, cells: [] }))).toEqual(['..']);
  });
});
