import type { ApiErrorCode } from '../api/api-error.ts';
import type { Key, Language, Texts } from './language.ts';
import type { Text } from './text.ts';

export type Params = Record<string, string | number>;
export type I18n = ReturnType<typeof createI18n>;

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Every time zone's offset is a multiple of this, so that one such span never crosses midnight. */
const QUARTER_MS = 15 * 60 * 1_000;
const MINUTE_MS = 60 * 1_000;
const MAX_CACHED = 2_000;

/**
 * Translates and formats dates and times in one language. `preferred` gives the region (en-GB, en-US …) and so the
 * clock; `timeZone` is that of the browser unless one is given. Times are epoch milliseconds.
 */
export function createI18n(
  language: Language,
  texts: Texts,
  preferred: readonly string[] = [],
  timeZone?: string,
) {
  const locale = preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
  const plural = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(locale);
  let formats = formatsOf(locale, timeZone);

  function t(name: Key, params: Params = {}): string {
    const text: Text = texts[name] ?? name;
    const template =
      typeof text === 'string' ? text : text[plural.select(Number(params.n)) === 'one' ? 'one' : 'other'];
    return template.replace(/\{(\w+)\}/g, (whole, param: string) => {
      const value = params[param] ?? whole;
      return isolated(typeof value === 'number' ? numbers.format(value) : value);
    });
  }

  /** The calendar day of a time, as `2026-01-05`. */
  const dayKey = (at: number) => formats.key(at);
  const time = (at: number) => formats.clock(at);
  /** The difference in calendar days, since some days have 23 or 25 hours. */
  const daysAgo = (at: number, now: number) => (Date.parse(dayKey(now)) - Date.parse(dayKey(at))) / DAY_MS;

  return {
    language,
    locale,
    t,
    dayKey,
    time,
    /** Follows the time zone of the browser; returns whether it has changed. */
    updateTimeZone(): boolean {
      if (timeZone || formats.zone === currentZone()) return false;
      formats = formatsOf(locale);
      return true;
    },
    /** The heading of a day in a conversation. */
    day(at: number, now: number): string {
      const ago = daysAgo(at, now);
      if (ago === 0) return t('day.today');
      if (ago === 1) return t('day.yesterday');
      return (dayKey(at).slice(0, 4) === dayKey(now).slice(0, 4) ? formats.long : formats.longYear).format(
        at,
      );
    },
    /** A time in the list of chats: 14.05, Kemarin, Sen, 12/03/26. */
    listTime(at: number, now: number): string {
      const ago = daysAgo(at, now);
      if (ago === 0) return time(at);
      if (ago === 1) return t('day.yesterday');
      return (ago > 1 && ago < 7 ? formats.weekday : formats.short).format(at);
    },
    /** A moment in the past: 14.05, kemarin 14.05, 12/03/26 14.05. */
    moment(at: number, now: number): string {
      const ago = daysAgo(at, now);
      if (ago === 0) return time(at);
      const day = ago === 1 ? t('day.yesterday').toLowerCase() : formats.short.format(at);
      return `${day} ${time(at)}`;
    },
    /** A day and time in full: Kamis, 12 Maret 2026, 14.05. */
    full: (at: number) => `${formats.full.format(at)}, ${time(at)}`,
    /** A calendar day: 12 Maret 2026. */
    date: (at: number) => formats.longYear.format(at),
    /** The sentence for an error code, also for one that this page does not know. */
    errorMessage: (code: ApiErrorCode) =>
      `error.${code}` in texts ? t(`error.${code}`) : t('error.UNKNOWN'),
  };
}

const currentZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The date and time formats of a locale in a time zone. */
function formatsOf(locale: string, timeZone = currentZone()) {
  const format = (options: Intl.DateTimeFormatOptions, tag = locale) =>
    new Intl.DateTimeFormat(tag, { timeZone, ...options });
  return {
    zone: timeZone,
    clock: cached(MINUTE_MS, format({ hour: '2-digit', minute: '2-digit' })),
    weekday: format({ weekday: 'short' }),
    short: format({ day: '2-digit', month: '2-digit', year: '2-digit' }),
    long: format({ weekday: 'long', day: 'numeric', month: 'long' }),
    full: format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    longYear: format({ day: 'numeric', month: 'long', year: 'numeric' }),
    // The Swedish date format is that of ISO 8601.
    key: cached(QUARTER_MS, format({ dateStyle: 'short' }, 'sv')),
  };
}

/** Letters that are written from right to left, and the control characters of the bidirectional algorithm. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** Isolates the direction of a text from that of the sentence around it (FSI … PDI, UAX #9). */
export const isolated = (text: string): string => (RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);

/** A text as one line: each line keeps its own direction, and the first gives that of the whole. */
export function inOneLine(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return [first, ...rest.map(isolated)].join(' ');
}

/** Caches a format whose result is the same within each span of `spanMs`: every row formats its time at every update. */
function cached(spanMs: number, format: Intl.DateTimeFormat): (at: number) => string {
  const cache = new Map<number, string>();
  return (at) => {
    const span = Math.floor(at / spanMs);
    let text = cache.get(span);
    if (text === undefined) {
      if (cache.size === MAX_CACHED) cache.clear();
      text = format.format(at);
      cache.set(span, text);
    }
    return text;
  };
}
