/**
 * Tests of how figures, times and foreign texts are written.
 */
import { expect, it } from 'vitest';
import { ago, bitrate, bytes, codecName, duration, percent, timeSpan, visible } from './format';

it('writes bytes and rates', () => {
  expect(bytes(0, 'en')).toBe('0 B');
  expect(bytes(999, 'en')).toBe('999 B');
  expect(bytes(30_412_000, 'en')).toBe('30.4 MB');
  expect(bytes(1_284_000_000_000, 'es')).toBe('1,28 TB');
  expect(bitrate(512_000, 'en')).toBe('512 kbit/s');
  expect(bitrate(4_100_000, 'es')).toBe('4,10 Mbit/s');
});

it('never rounds a share up to all of it', () => {
  expect(percent(0.99999, 'en', 2)).toBe('99.99 %');
  expect(percent(1, 'en', 2)).toBe('100.00 %');
});

it('writes lengths and spans', () => {
  expect(duration(59.6)).toBe('1:00');
  expect(duration(3_725)).toBe('1:02:05');
  const noon = new Date(2026, 10, 21, 12).getTime();
  expect(timeSpan(noon, noon + 60_000, 'en')).toBe('Nov 21, 2026, 12:00:00 – 12:01:00');
});

it('shows what a device hides in its name', () => {
  expect(visible('a\u0007b')).toBe('a⟨0007⟩b');
  expect(visible('gate\u202Egpj.exe')).toBe('gate⟨202E⟩gpj.exe');
  expect(visible('zero\u200bwidth')).toBe('zero⟨200B⟩width');
  expect(visible('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
  expect(visible('ñ 中 🎥')).toBe('ñ 中 🎥');
  expect(Array.from(visible('x'.repeat(500), 20))).toHaveLength(20);
  expect(codecName('h265')).toBe('H.265');
});

it('tells how long ago something was in words', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const back = (seconds: number, lang: string) => ago(now - seconds * 1000, now, lang);
  expect([0, 59, 61, 7300, 200_000].map((seconds) => back(seconds, 'en'))).toEqual([
    'now',
    'now',
    '1 minute ago',
    '2 hours ago',
    '2 days ago',
  ]);
  expect(back(120, 'es')).toBe('hace 2 minutos');
  expect(ago(now + 5000, now, 'en')).toBe('now');
});
