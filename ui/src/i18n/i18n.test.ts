/**
 * Tests that both languages say the same things, and that every key the code uses exists.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
