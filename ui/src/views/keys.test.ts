/**
 * Tests of the table of keys: no key means two things at once, each has its words, and what it says is what happens.
 */
import { expect, it, vi } from 'vitest';
import en from '../i18n/en.json';
import es from '../i18n/es.json';
import { capsOf, GROUPS, hotkeysOf, KEYS, type Key, type KeyAction, type KeyName } from './keys';
import { keySpeed } from './TilePtz';

const TABLE: readonly Key[] = KEYS;
const allOf = (key: Key) =>
  [...key.keys, ...(key.also ?? [])].map((combination) => combination.toLowerCase());

function actions() {
  const done: [string, number][] = [];
  const each = TABLE.filter((key) => key.at !== 'stick').map((key): [string, KeyAction] => [
    key.name,
    (_, index) => {
      done.push([key.name, index]);
    },
  ]);
  return { done, table: Object.fromEntries(each) as Record<KeyName, KeyAction> };
}

function press(table: Record<KeyName, KeyAction>, replaying: boolean, combination: string, target: Element) {
  const event = new KeyboardEvent('keydown', { cancelable: true });
  Object.defineProperty(event, 'target', { value: target });
  for (const [wanted, act] of hotkeysOf(table, replaying)) if (wanted === combination) act(event);
  return event;
}

it('gives no key two meanings at once', () => {
  for (const at of [undefined, 'replay', 'stick'] as const) {
    const keys = TABLE.filter((key) => key.at === at).flatMap(allOf);
    expect(keys.length, String(at)).toBe(new Set(keys).size);
  }
  expect(new Set(TABLE.map((key) => key.name)).size).toBe(TABLE.length);
  const { table } = actions();
  const replaying = hotkeysOf(table, true).map(([combination]) => combination.toLowerCase());
  expect(replaying.length).toBe(new Set(replaying).size);
});

it('has words for each key in both languages, and no words without a key', () => {
  for (const { keys } of [en, es]) {
    expect(Object.keys(keys.do).sort()).toEqual(TABLE.map((key) => key.name).sort());
    expect(Object.keys(keys.group).sort()).toEqual([...GROUPS].sort());
    const missing: string[] = [];
    const caps = (name: string) => {
      if (!(name.replace('keys.cap.', '') in keys.cap)) missing.push(name);
      return name;
    };
    for (const combination of TABLE.flatMap((key) => key.keys)) capsOf(combination, caps);
    expect(missing).toEqual([]);
  }
  expect(GROUPS.filter((group) => !TABLE.some((key) => key.group === group))).toEqual([]);
});

it('says which of its keys was pressed, on other keyboards too', () => {
  const { done, table } = actions();
  press(table, false, '3', document.body);
  press(table, false, 'minus', document.body);
  press(table, false, 'shift+plus', document.body);
  expect(done).toEqual([
    ['layouts', 2],
    ['zoom', 1],
    ['zoom', 0],
  ]);
});

it('gives a replay its keys, and leaves buttons and dialogs theirs', () => {
  const { done, table } = actions();
  for (const replaying of [false, true]) {
    for (const key of ['space', 'ArrowLeft', 'ArrowUp', 'Escape', 'i', 's'])
      press(table, replaying, key, document.body);
  }
  expect(done.map(([name]) => name)).toEqual([
    ...['freeze', 'arrows', 'arrows', 'leave', 'replay', 'snapshot'],
    ...['replayPause', 'replaySkip', 'replayStep', 'replayEnd', 'replayEnd', 'snapshot'],
  ]);
  done.length = 0;
  const button = document.createElement('button');
  const dialog = document.createElement('div');
  dialog.setAttribute('role', 'dialog');
  expect(press(table, false, 'space', button).defaultPrevented).toBe(false);
  expect(press(table, false, 's', dialog).defaultPrevented).toBe(false);
  expect(done).toEqual([]);
  expect(press(table, false, 's', button).defaultPrevented).toBe(true);
  const copy = vi.fn(() => false);
  expect(press({ ...table, copy }, false, 'mod+c', document.body).defaultPrevented).toBe(false);
  expect(copy).toHaveBeenCalledOnce();
});

it('moves the camera by the keys it names', () => {
  const written: Record<string, string> = { plus: '+', minus: '-' };
  for (const key of TABLE.filter(({ name }) => name === 'drive' || name === 'lens')) {
    for (const combination of key.keys) {
      const speed = keySpeed(new Set([written[combination] ?? combination]));
      expect(
        Object.values(speed).some((value) => value !== 0),
        combination,
      ).toBe(true);
    }
  }
});
