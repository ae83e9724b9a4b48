/**
 * Owns which page is open and how the live page is laid out; both survive going to another page.
 */
import { create } from 'zustand';
import type { Tiles } from '../live/layout';
import { opened } from './window';

export const PAGES = [
  'live',
  'recordings',
  'storage',
  'exports',
  'discover',
  'cameras',
  'health',
  'settings',
] as const;
export type Page = (typeof PAGES)[number];

/** How much of a camera's figures stands on its tile. */
export const FIGURES = ['line', 'all', 'off'] as const;
export type FigureMode = (typeof FIGURES)[number];

interface PageState {
  page: Page;
  railOpen: boolean;
  /** The layout in which all cameras are shown; null takes the smallest even one that shows every camera. */
  tiles: Tiles | null;
  /** Which screenful of cameras. */
  screen: number;
  /** The site or group whose cameras the live page shows; null shows all. */
  group: string | null;
  focused: string | null;
  fullScreen: string | null;
  /** Whether the window fills its monitor. */
  filled: boolean;
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
  tiles: opened.tiles,
  screen: 0,
  group: opened.group,
  focused: opened.camera,
  fullScreen: opened.camera,
  filled: false,
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
