/**
 * Owns which page is open and how the live page is laid out; both survive going to another page.
 */
import { create } from 'zustand';
import { opened } from './window';

export const PAGES = ['live', 'recordings', 'exports', 'discover', 'cameras', 'settings'] as const;
export type Page = (typeof PAGES)[number];

/** Tiles a side of each layout. */
export const SIDES = [1, 2, 3, 4, 6, 8] as const;
export type Side = (typeof SIDES)[number];

/** How much of a camera's figures stands on its tile. */
export const FIGURES = ['line', 'all', 'off'] as const;
export type FigureMode = (typeof FIGURES)[number];

interface PageState {
  page: Page;
  railOpen: boolean;
  /** Tiles a side; null takes the smallest that shows every camera. */
  side: Side | null;
  /** Which screenful of cameras. */
  screen: number;
  /** The site or group whose cameras the live page shows; null shows all. */
  group: string | null;
  focused: string | null;
  fullScreen: string | null;
  figures: FigureMode;
  keysShown: boolean;
  /** Whether the simulated cameras are on their way. */
  simulating: boolean;
  /** Camera that the recordings page shows. */
  recordingCamera: string | null;
}

const fromHash = (): Page => {
  const name = globalThis.location?.hash.replace(/^#\/?/, '') as Page;
  return PAGES.includes(name) ? name : 'live';
};

export const usePage = create<PageState>(() => ({
  page: fromHash(),
  railOpen: true,
  side: SIDES.find((side) => side === opened.side) ?? null,
  screen: 0,
  group: opened.group,
  focused: opened.camera,
  fullScreen: opened.camera,
  figures: 'line',
  keysShown: false,
  simulating: false,
  recordingCamera: null,
}));

/** Opens a page. */
export function go(page: Page): void {
  usePage.setState({ page, fullScreen: null });
  globalThis.history?.replaceState(null, '', `#/${page}`);
}

globalThis.addEventListener?.('hashchange', () => usePage.setState({ page: fromHash(), fullScreen: null }));

/** Shows more of the figures, none, or a line again. */
export function nextFigures(): void {
  const { figures } = usePage.getState();
  usePage.setState({ figures: FIGURES[(FIGURES.indexOf(figures) + 1) % FIGURES.length] ?? 'line' });
}

/** The smallest layout that shows `count` cameras, or the largest there is. */
export function sideFor(count: number): Side {
  return SIDES.find((side) => side * side >= count) ?? 8;
}
