/**
 * Tests that every error of the engine becomes a sentence, whatever its text.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { errorText, toUserError } from './errors';
import { i18next } from './i18n';

const t = i18next.t.bind(i18next);

/** The closed set, from the model itself. */
const codes = [
  ...readFileSync(join(process.cwd(), '../src-tauri/model/error.rs'), 'utf8').matchAll(/=> "([A-Z_]+)"/g),
].map((match) => match[1] ?? '');

describe('errorText', () => {
  beforeEach(() => i18next.changeLanguage('en'));

  it('knows every code of the model', async () => {
    expect(codes.length).toBeGreaterThan(10);
    for (const language of ['en', 'es']) {
      await i18next.changeLanguage(language);
      const generic = errorText(t, { code: 'UNKNOWN', message: '', params: {} }).what;
      for (const code of codes) {
        const text = errorText(t, { code, message: 'x', params: {} });
        expect(text.what, code).not.toBe(generic);
        expect(text.what, code).not.toContain('errors.');
        expect(text.hint, code).not.toBe('');
      }
    }
  });
  it('names the camera, and keeps the engine’s words for the details', () => {
    const error = {
      code: 'UNREACHABLE',
      message: 'connect refused',
      params: { host: '192.0.2.1', peer: '192.0.2.1:554' },
    };
    const text = errorText(t, error);
    expect(text.what).toBe('192.0.2.1: no connection could be made');
    expect(text.what + text.hint).not.toContain('refused');
    expect(text.details).toBe('UNREACHABLE: connect refused\nhost: 192.0.2.1\npeer: 192.0.2.1:554');
    expect(errorText(t, error, 'Gate').what).toBe('Gate: no connection could be made');
  });
  it('falls back for an unknown code', () => {
    const text = errorText(t, { code: 'NEW_ONE', message: 'odd', params: {} });
    expect(text.what).toBe('something went wrong');
    expect(text.details).toContain('NEW_ONE: odd');
  });
  it('takes anything thrown', () => {
    expect(toUserError(new Error('boom'))).toMatchObject({ code: 'INTERNAL', message: 'boom' });
    expect(toUserError('gone')).toMatchObject({ code: 'INTERNAL', message: 'gone' });
    expect(toUserError({ code: 'TIMEOUT', message: 'late', params: { a: 'b' } }).params).toEqual({ a: 'b' });
  });
});
