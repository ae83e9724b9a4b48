/**
 * Tests how long the storage lasts, in words.
 */
import { expect, it } from 'vitest';
import { i18next } from '../i18n';
import { storageLeft } from './StatusBar';

it('says how long until the oldest footage makes room', async () => {
  await i18next.changeLanguage('en');
  const t = i18next.t.bind(i18next);
  expect([null, 0, 0.5, 1.5, 40, 400].map((days) => storageLeft(t, days))).toEqual([
    '',
    'oldest footage makes room',
    '12 h left',
    '36 h left',
    '40 days left',
    'over a year left',
  ]);
});
