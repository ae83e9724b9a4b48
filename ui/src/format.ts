/**
 * Owns how figures, times and texts from devices are written. Pure; knows no component and no engine.
 */

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Cached, because making an `Intl` object costs far more than using one, and overlays use them twice a second. */
const cache = new Map<string, unknown>();
function cached<T>(key: string, make: () => T): T {
  let value = cache.get(key) as T | undefined;
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}

/** A number with a fixed count of decimals. */
export function number(value: number, lang: string, digits = 0): string {
  return cached(
    `n${lang}${digits}`,
    () => new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  ).format(value);
}

/** Bytes with a decimal unit, three significant digits. */
export function bytes(value: number, lang: string): string {
  let unit = 0;
  let rest = Math.max(0, value);
  while (rest >= 999.5 && unit < BYTE_UNITS.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return `${number(rest, lang, digits)} ${BYTE_UNITS[unit]}`;
}

/** Bits a second. */
export function bitrate(bps: number, lang: string): string {
  if (bps >= 999_500) return `${number(bps / 1e6, lang, bps >= 9.995e6 ? 1 : 2)} Mbit/s`;
  return `${number(bps / 1e3, lang)} kbit/s`;
}

/** A share as a percentage; never rounds up to 100 what is less. */
export function percent(share: number, lang: string, digits = 1): string {
  const scale = 100 * 10 ** digits;
  const shown = share >= 1 ? share : Math.floor(share * scale) / scale;
  return `${number(shown * 100, lang, digits)} %`;
}

/** Seconds as `h:mm:ss`, or `m:ss` under an hour. */
export function duration(seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  const h = Math.floor(all / 3600);
  const m = Math.floor((all % 3600) / 60);
  const s = `${all % 60}`.padStart(2, '0');
  return h > 0 ? `${h}:${`${m}`.padStart(2, '0')}:${s}` : `${m}:${s}`;
}

/** Wall time of day with seconds, in the local zone. */
export function clock(time: Date | number | string, lang: string): string {
  return cached(
    `c${lang}`,
    () =>
      new Intl.DateTimeFormat(lang, {
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
      }),
  ).format(new Date(time));
}

/** Date and time of day, in the local zone. */
export function dateTime(time: Date | number | string, lang: string): string {
  return cached(
    `d${lang}`,
    () =>
      new Intl.DateTimeFormat(lang, {
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
      }),
  ).format(new Date(time));
}

/** A weekday's name; Monday is 0. */
export function weekdayName(day: number, lang: string, weekday: 'long' | 'short'): string {
  // 2024-01-01 was a Monday.
  return cached(
    `w${lang}${weekday}`,
    () => new Intl.DateTimeFormat(lang, { weekday, timeZone: 'UTC' }),
  ).format(Date.UTC(2024, 0, 1 + day));
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** How long ago, in the largest unit that fits, such as `3 hours ago` or `now`. */
export function ago(time: number, now: number, lang: string): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  // Nobody counts the first seconds.
  const [unit, length] = UNITS.find(([, length]) => seconds >= length && length > 1) ?? ['second', 1];
  const count = unit === 'second' ? 0 : Math.floor(seconds / length);
  return cached(`a${lang}`, () => new Intl.RelativeTimeFormat(lang, { numeric: 'auto' })).format(
    -count,
    unit,
  );
}

/** From when to when; the date once where both lie on one day. */
export function timeSpan(start: number | string, end: number | string, lang: string): string {
  const [from, to] = [new Date(start), new Date(end)];
  const last = from.toDateString() === to.toDateString() ? clock(to, lang) : dateTime(to, lang);
  return `${dateTime(from, lang)} – ${last}`;
}

/** The local zone at an instant, such as `GMT+1` or `CET`. */
export function zone(time: Date | number, lang: string): string {
  const parts = cached(
    `z${lang}`,
    () => new Intl.DateTimeFormat(lang, { timeZoneName: 'short' }),
  ).formatToParts(new Date(time));
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC';
}

/**
 * A text that a device told, safe to read (S16): control and bidirectional-override characters made visible,
 * length capped. React already shows it as text.
 */
export function visible(text: string, most = 120): string {
  const chars = Array.from(text, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return isHidden(code) ? `\u27e8${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9` : char;
  });
  return chars.length > most ? `${chars.slice(0, most - 1).join('')}\u2026` : chars.join('');
}

/** Control characters, zero-width ones, and those that turn the direction of writing. */
function isHidden(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x2069) ||
    code === 0xfeff
  );
}

/** `1920×1080`, or a dash while unknown. */
export function size(width: number | null, height: number | null): string {
  return width && height ? `${width}\u00d7${height}` : '\u2013';
}

/** A codec's usual name. */
export function codecName(codec: string | null): string {
  switch (codec) {
    case 'h264':
      return 'H.264';
    case 'h265':
      return 'H.265';
    case 'mjpeg':
      return 'MJPEG';
    case 'pcmu':
      return 'G.711 µ-law';
    case 'pcma':
      return 'G.711 A-law';
    case 'aac':
      return 'AAC';
    case null:
      return '\u2013';
    default:
      return visible(codec, 16);
  }
}
