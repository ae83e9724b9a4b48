/**
 * Owns what keys do on the live page: one table, which both registers them and is shown under `?`. What an entry does
 * is said where the page is.
 */
import type { HotkeyItem } from '@mantine/hooks';

export const GROUPS = ['grid', 'picture', 'recording', 'replay', 'ptz'] as const;

/** One thing that keys do. Its sentence is `keys.do.NAME`. */
export interface Key {
  name: string;
  group: (typeof GROUPS)[number];
  /** As `useHotkeys` writes them. Of several, the action is told which. */
  keys: readonly string[];
  /** The same on other keyboards and for other hands; not shown. */
  also?: readonly string[];
  /**
   * Where it works, when not on the whole page: `replay` while the chosen tile shows a replay, in place of what the same
   * keys do else; `stick` while a tile's joystick has the focus, which listens by itself.
   */
  at?: 'replay' | 'stick';
  /** A button with the focus has these for itself. */
  shy?: true;
  /** The key's place on the keyboard counts, not what is on it: `shift+Digit1` is `!` on one and `+` on another. */
  physical?: true;
}

/** Views that have a key. */
export const KEYED_VIEWS = 9;

export const KEYS = [
  { name: 'layouts', group: 'grid', keys: ['1', '2', '3', '4', '5', '6', '7'] },
  { name: 'arrows', group: 'grid', keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] },
  {
    name: 'shift',
    group: 'grid',
    keys: ['mod+ArrowLeft', 'mod+ArrowRight', 'mod+ArrowUp', 'mod+ArrowDown'],
  },
  { name: 'views', group: 'grid', keys: ['v'] },
  {
    name: 'view',
    group: 'grid',
    physical: true,
    keys: Array.from({ length: KEYED_VIEWS }, (_, n) => `shift+Digit${n + 1}`),
  },
  { name: 'tour', group: 'grid', keys: ['t'] },
  { name: 'pages', group: 'grid', keys: ['PageUp', 'PageDown'] },
  { name: 'open', group: 'grid', keys: ['Enter'], shy: true },
  { name: 'leave', group: 'grid', keys: ['Escape'] },
  { name: 'screen', group: 'grid', keys: ['f'] },
  { name: 'window', group: 'grid', keys: ['n'] },
  { name: 'figures', group: 'grid', keys: ['m'] },
  { name: 'help', group: 'grid', keys: ['?'], also: ['shift+?'] },
  { name: 'freeze', group: 'picture', keys: ['space'], shy: true },
  { name: 'freezeAll', group: 'picture', keys: ['shift+space'], shy: true },
  { name: 'snapshot', group: 'picture', keys: ['s'] },
  { name: 'copy', group: 'picture', keys: ['c', 'mod+c'] },
  { name: 'zoom', group: 'picture', keys: ['plus', 'minus'], also: ['shift+plus'] },
  { name: 'whole', group: 'picture', keys: ['0'] },
  { name: 'sound', group: 'picture', keys: ['a'] },
  { name: 'silence', group: 'picture', keys: ['shift+a'] },
  { name: 'record', group: 'recording', keys: ['r'] },
  { name: 'recordNow', group: 'recording', keys: ['shift+r'] },
  { name: 'replay', group: 'replay', keys: ['i'] },
  { name: 'replayPause', group: 'replay', at: 'replay', keys: ['space'], shy: true },
  { name: 'replaySkip', group: 'replay', at: 'replay', keys: ['ArrowLeft', 'ArrowRight'] },
  { name: 'replayStep', group: 'replay', at: 'replay', keys: [',', '.'], also: ['ArrowDown', 'ArrowUp'] },
  { name: 'replayEnd', group: 'replay', at: 'replay', keys: ['Escape', 'i'] },
  { name: 'ptz', group: 'ptz', keys: ['p'] },
  {
    name: 'drive',
    group: 'ptz',
    at: 'stick',
    keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
  },
  { name: 'lens', group: 'ptz', at: 'stick', keys: ['plus', 'minus'] },
  { name: 'home', group: 'ptz', at: 'stick', keys: ['Home'] },
  { name: 'stickLeave', group: 'ptz', at: 'stick', keys: ['Escape'] },
] as const satisfies readonly Key[];

type Entry = (typeof KEYS)[number];
export type KeyName = Exclude<Entry, { at: 'stick' }>['name'];

/** What an entry does; `index` says which of its keys it was. `false` leaves the key to the webview. */
export type KeyAction = (event: KeyboardEvent, index: number) => unknown;

const OWN = 'button, a, [role="application"]';
const DIALOGS = '[role="dialog"]';

/** The table with what its entries do, as `useHotkeys` takes it. */
export function hotkeysOf(actions: Record<KeyName, KeyAction>, replaying: boolean): HotkeyItem[] {
  const table: readonly Key[] = KEYS;
  const replay = table.filter((key) => key.at === 'replay');
  const taken = new Set(replaying ? replay.flatMap(allOf) : []);
  const page = table.filter((key) => key.at === undefined);
  return [...(replaying ? replay : []), ...page].flatMap((key) =>
    allOf(key)
      .map(
        (combination, index): HotkeyItem => [
          combination,
          (event) => {
            const target = event.target instanceof Element ? event.target : null;
            if (target?.closest(key.shy ? `${OWN}, ${DIALOGS}` : DIALOGS)) return;
            const which = key.also && index >= key.keys.length ? index - key.keys.length : index;
            if (actions[key.name as KeyName](event, which) !== false) event.preventDefault();
          },
          { preventDefault: false, usePhysicalKeys: key.physical === true },
        ],
      )
      .filter(([combination]) => key.at === 'replay' || !taken.has(combination)),
  );
}

const allOf = ({ keys, also = [] }: Key): string[] => [...keys, ...also];

const CAPS: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  plus: '+',
  minus: '−',
  Escape: 'Esc',
};
/** Keys with another name in another language: `keys.cap.NAME`. */
const NAMED = ['space', 'shift', 'Enter', 'PageUp', 'PageDown', 'Home'];

/** What is printed on the keys of a combination. */
export function capsOf(combination: string, t: (key: string) => string): string[] {
  return combination.split('+').map((part) => {
    if (part === 'mod') return /mac/i.test(navigator.platform) ? '⌘' : 'Ctrl';
    return NAMED.includes(part) ? t(`keys.cap.${part}`) : (CAPS[part] ?? part.replace('Digit', ''));
  });
}
