/**
 * Tests that both languages say the same things, that every key the code uses exists, and that every key is used.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UNEVEN_TILES } from '../live/layout';
import { FIGURES, PAGES } from '../store/page';
import { GROUPS, KEYS } from '../views/keys';
import { i18next, languageFor } from '.';
import en from './en.json';
import es from './es.json';

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'string' ? [[prefix + key, value]] : Object.entries(flat(value, `${prefix}${key}.`)),
    ),
  );
}

const english = flat(en as Tree);
const spanish = flat(es as Tree);
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'gen' ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.includes('.test.') ? [path] : [];
  });
}

const MODES = ['off', 'continuous', 'motion', 'schedule'];

/**
 * What stands before the keys that the pages put together from parts, and the parts; null where they are the engine's
 * codes.
 */
const BUILT: Record<string, readonly string[] | null> = {
  'background.asleep.': ['free', 'held', 'failed'],
  'cameras.http.': ['auto', 'mjpeg', 'snapshot'],
  'coverage.level.': ['full', 'good', 'fair', 'low'],
  'coverage.list.': ['files', 'gaps', 'calendar'],
  'device.imaging.': ['brightness', 'contrast', 'saturation', 'sharpness'],
  'device.irCut.': null,
  'device.quirk.': null,
  'device.service.': null,
  'device.set.': ['fps', 'bitrate', 'gop'],
  'device.warning.': null,
  'discover.change.': null,
  'discover.changed.': null,
  'discover.kind.': null,
  'discover.ladder.': null,
  'doctor.advice.': null,
  'doctor.found.': null,
  'doctor.row.': null,
  'doctor.state.': null,
  'errors.': null,
  'errors.UNKNOWN.': null,
  'exports.state.': null,
  'health.advice.': null,
  'health.app.': null,
  'health.figure.': null,
  'health.line.': null,
  'governor.': null,
  'governor.reason.': null,
  'health.': ['rate', 'loss', 'delay', 'stability'].flatMap((part) => [part, `${part}Text`]),
  'keys.cap.': null,
  'keys.do.': KEYS.map((key) => key.name),
  'keys.group.': GROUPS,
  'live.figures.': FIGURES,
  'live.m.': 'fps painted bitrate latency paint loss dropped reconnects codec path'.split(' '),
  'live.path.': ['webview', 'native', 'none'],
  'live.reason.': null,
  'modes.about.': MODES,
  'modes.mark.': ['motion', 'nothing'],
  'modes.name.': MODES,
  'modes.slot.': ['nothing', 'everything', 'motion'],
  'modes.waits.': ['motion', 'nothing'],
  'motion.': ['watch', 'ignore'],
  'motion.hearing.': null,
  'motion.sight.': null,
  'nav.': PAGES,
  'notices.': null,
  'recordings.': ['start', 'end', 'duration', 'size', 'codec'],
  'recordings.cause.': null,
  'role.': null,
  'settings.': ['dark', 'light', 'auto', 'keyring', 'file'],
  'sound.': null,
  'state.': null,
  'storage.rule.': null,
  'storage.state.': null,
  'views.layout.': UNEVEN_TILES.map(String),
  'watch.': null,
  'watch.hint.': null,
  'welcome.': ['starting', 'scanning', 'adding'],
};

/** Keys that the command line alone speaks (`view/cli/verbs/doctor.rs`). */
const SPOKEN_BY_CLI = ['doctor.causeLabel', 'doctor.doLabel'];

/** Before the keys that only the tray and notifications speak; a test of `view/desktop/texts.rs` knows each. */
const SPOKEN_BY_DESKTOP = 'background.spoken.';

describe('languages', () => {
  it('have the same keys', () => {
    expect(Object.keys(spanish).sort()).toEqual(Object.keys(english).sort());
  });
  it('have no empty sentence and the same placeholders', () => {
    for (const [key, text] of Object.entries(english)) {
      expect(text.trim(), key).not.toBe('');
      expect(spanish[key]?.trim(), key).not.toBe('');
      expect(holes(spanish[key] ?? ''), key).toEqual(holes(text));
    }
  });
  it('have every key that the code names', () => {
    const known = (key: string) => key in english || `${key}_one` in english;
    for (const path of sources(join(process.cwd(), 'src'))) {
      const code = readFileSync(path, 'utf8');
      for (const [, key = ''] of code.matchAll(/\bt\(\s*'([a-zA-Z_.]+)'/g)) {
        expect(known(key), `${key} in ${path}`).toBe(true);
      }
    }
  });
  it('have no key that nothing uses', () => {
    const code = sources(join(process.cwd(), 'src'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const heads = [...code.matchAll(/`((\w+)\.[\w.]*)\$\{/g)].filter(([, , section = '']) => section in en);
    expect([...new Set(heads.map(([, head]) => head))].sort()).toEqual(Object.keys(BUILT).sort());
    const named = new Set([...SPOKEN_BY_CLI, ...[...code.matchAll(/'([\w.]+)'/g)].map(([, text]) => text)]);
    const built = (key: string) =>
      Object.entries(BUILT).some(
        ([head, parts]) => key.startsWith(head) && (parts === null || parts.includes(key.slice(head.length))),
      );
    const unused = Object.keys(english).filter(
      (key) =>
        !named.has(key.replace(/_(one|other)$/, '')) && !built(key) && !key.startsWith(SPOKEN_BY_DESKTOP),
    );
    expect(unused).toEqual([]);
  });
});

it('chooses the language from the setting, then from the system', () => {
  expect(languageFor('es', ['en-GB'])).toBe('es');
  expect(languageFor('auto', ['de-DE', 'es-MX', 'en'])).toBe('es');
  expect(languageFor('auto', ['fr'])).toBe('en');
});

it('counts', async () => {
  await i18next.changeLanguage('es');
  expect(i18next.t('recordings.gaps', { count: 1 })).toBe('1 hueco');
  expect(i18next.t('recordings.gaps', { count: 3 })).toBe('3 huecos');
  await i18next.changeLanguage('en');
});
