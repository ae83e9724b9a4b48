/**
 * Tests of the arrangement's store: what is shown at the start, while something is kept, and after it failed.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ArrangementVm } from '../gen/ArrangementVm';
import type { SavedViewVm } from '../gen/SavedViewVm';
import * as ipc from '../ipc';
import { usePage } from './page';
import {
  freeName,
  keepOrder,
  keepView,
  loadViews,
  moveView,
  openView,
  removeView,
  shownView,
  useViews,
} from './views';

vi.mock('../ipc', () => ({
  savedViewList: vi.fn(),
  savedViewSave: vi.fn(),
  savedViewRemove: vi.fn(),
  savedViewReorder: vi.fn(),
  savedViewOpen: vi.fn(async () => null),
  savedViewArrange: vi.fn(),
}));

const view = (id: string, name = id): SavedViewVm => ({ id, name, columns: 1, rows: 1, cells: [] });
let engine: ArrangementVm;

beforeEach(() => {
  engine = { views: [view('a'), view('b'), view('c')], tours: [], open: 'b', order: [] };
  vi.mocked(ipc.savedViewList).mockImplementation(async () => structuredClone(engine));
  vi.mocked(ipc.savedViewSave).mockImplementation(async (one) => {
    const there = engine.views.some(({ id }) => id === one.id);
    engine.views = there
      ? engine.views.map((other) => (other.id === one.id ? one : other))
      : [...engine.views, one];
    return one;
  });
  vi.mocked(ipc.savedViewRemove).mockImplementation(async (id) => {
    engine.views = engine.views.filter((one) => one.id !== id);
    return null;
  });
  vi.mocked(ipc.savedViewReorder).mockImplementation(async (ids) => {
    engine.views.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
    return null;
  });
  vi.mocked(ipc.savedViewArrange).mockImplementation(async (order) => {
    engine.order = order;
    return null;
  });
  useViews.setState({ views: [], tours: [], order: [], open: undefined });
});

const names = () => useViews.getState().views.map((one) => one.name);

describe('the arrangement', () => {
  it('shows at the start what was open, and later what this window shows', async () => {
    await loadViews();
    expect(shownView(useViews.getState())?.id).toBe('b');
    usePage.setState({ screen: 3, fullScreen: 'camera' });
    openView('a');
    expect(usePage.getState()).toMatchObject({ screen: 0, fullScreen: null });
    expect(ipc.savedViewOpen).toHaveBeenLastCalledWith('a');
    await loadViews();
    expect(shownView(useViews.getState())?.id).toBe('a');
    // Removed by another window.
    engine.views = [view('b')];
    await loadViews();
    expect(shownView(useViews.getState())).toBeNull();
  });
  it('shows a change at once, and takes it back when it cannot be kept', async () => {
    await loadViews();
    const kept = keepView(view('a', 'Yard'));
    expect(names()).toEqual(['Yard', 'b', 'c']);
    // What is read meanwhile is older.
    await loadViews();
    await kept;
    expect(names()).toEqual(['Yard', 'b', 'c']);
    vi.mocked(ipc.savedViewSave).mockRejectedValueOnce({ code: 'CONFLICT', message: 'no', params: {} });
    await expect(keepView(view('a', 'b'))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(names()).toEqual(['Yard', 'b', 'c']);
    await keepOrder(['x', 'y']);
    expect(useViews.getState().order).toEqual(['x', 'y']);
  });
  it('brings a removed view back to its place, and opens it again', async () => {
    await loadViews();
    const back = await removeView(view('b'));
    expect([names(), useViews.getState().open]).toEqual([['a', 'c'], null]);
    await back();
    expect([names(), useViews.getState().open]).toEqual([['a', 'b', 'c'], 'b']);
  });
  it('puts views in another order, within the ends', async () => {
    await loadViews();
    await moveView('c', -1);
    await moveView('a', -1);
    await moveView('gone', 1);
    expect(names()).toEqual(['a', 'c', 'b']);
  });
});

it('finds a name that nobody has', () => {
  expect(freeName('Yard', ['Hall'])).toBe('Yard');
  expect(freeName('Yard', ['Yard', 'Yard 2'])).toBe('Yard 3');
  expect(freeName('x'.repeat(64), ['x'.repeat(64)])).toHaveLength(62);
});
