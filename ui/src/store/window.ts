/**
 * Owns what this window is, by its page's address: the main one with every page, or a further one that shows live
 * pictures only; and what a further one was opened to show. Pure but for the address.
 */
import type { WindowShowsVm } from '../gen/WindowShowsVm';
import { isTiles } from '../live/layout';

/** What an address says. */
export function windowOf(search: string) {
  const ask = new URLSearchParams(search);
  const further = ask.has('window');
  const told = (name: string) => (further ? ask.get(name) : null);
  const tiles = Number(told('tiles'));
  return {
    further,
    view: told('view'),
    camera: told('camera'),
    group: told('group'),
    tiles: isTiles(tiles) ? tiles : null,
  };
}

/** The address of a further window, told as `search`, that shows something else now. */
export function addressOf(search: string, shows: WindowShowsVm): string {
  const ask = new URLSearchParams(search);
  for (const name of ['view', 'camera', 'group', 'tiles'] as const) {
    const value = shows[name];
    if (value === undefined) ask.delete(name);
    else ask.set(name, `${value}`);
  }
  return `?${ask}#/live`;
}

/** This window as it was opened. */
export const opened = windowOf(globalThis.location?.search ?? '');

/** Whether this is a further window. It may call less than the main one: what a tile needs. */
export const { further } = opened;
