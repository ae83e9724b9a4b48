/**
 * Owns which component fills which page. Every one but the first is a file of its own, read when it is wanted or, before
 * that, when the start is over.
 */
import { type ComponentType, useEffect, useState } from 'react';
import type { Page } from './store/page';
import { Live } from './views/Live';

const READERS = {
  recordings: () => import('./views/Recordings').then((m) => m.Recordings),
  storage: () => import('./views/Storage').then((m) => m.Storage),
  exports: () => import('./views/Exports').then((m) => m.Exports),
  discover: () => import('./views/Discover').then((m) => m.Discover),
  cameras: () => import('./views/Cameras').then((m) => m.Cameras),
  health: () => import('./views/HealthPage').then((m) => m.HealthPage),
  settings: () => import('./views/Settings').then((m) => m.Settings),
} satisfies Record<Exclude<Page, 'live'>, () => Promise<ComponentType>>;

const known = new Map<Page, ComponentType>([['live', Live]]);

async function read(page: Page): Promise<void> {
  if (page !== 'live' && !known.has(page)) known.set(page, await READERS[page]());
}

/** Reads every page, one after the other, so that none is waited for later. */
export async function readAhead(): Promise<void> {
  for (const page of Object.keys(READERS)) await read(page as Page);
}

/** What fills a page; null until it is read. */
export function useView(page: Page): ComponentType | null {
  const [, drawAgain] = useState(0);
  useEffect(() => {
    if (known.has(page)) return;
    let here = true;
    void read(page).then(() => here && drawAgain((count) => count + 1));
    return () => {
      here = false;
    };
  }, [page]);
  return known.get(page) ?? null;
}
