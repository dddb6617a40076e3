import type { ApiErrorCode } from '../api/api-error.ts';
import type { Key, Text, Texts } from './id.ts';
import type { Language } from './language.ts';

export type Params = Record<string, string | number>;
export type I18n = ReturnType<typeof createI18n>;

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Everywhere a day begins at such a moment: what lies between two of them is of one day. */
const QUARTER_MS = 15 * 60 * 1_000;
const MINUTE_MS = 60 * 1_000;
const MAX_HELD = 2_000;

/** Wording, dates and times of one language. `preferred` picks the region (en-GB, en-US …) and so the clock. */
export function createI18n(
  language: Language,
  texts: Texts,
  preferred: readonly string[] = [],
  timeZone?: string,
) {
  const locale = preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
  const plural = new Intl.PluralRules(language);
  let forms = formsOf(locale, timeZone);

  function t(name: Key, params: Params = {}): string {
    const text: Text = texts[name] ?? name;
    const form =
      typeof text === 'string' ? text : text[plural.select(Number(params.n)) === 'one' ? 'one' : 'other'];
    return form.replace(/\{(\w+)\}/g, (whole, param: string) => isolated(String(params[param] ?? whole)));
  }

  /** The calendar day of a time, as `2026-01-05`. */
  const dayKey = (at: number) => forms.key(at);
  const time = (at: number) => forms.clock(at);
  /** How many midnights lie between a time and now: days of the calendar, since some have 23 or 25 hours. */
  const daysAgo = (at: number, now: number) => (Date.parse(dayKey(now)) - Date.parse(dayKey(at))) / DAY_MS;

  return {
    language,
    t,
    dayKey,
    time,
    /** Takes the time zone this browser is in now; answers whether it is another. */
    updateTimeZone(): boolean {
      if (timeZone || forms.zone === zoneNow()) return false;
      forms = formsOf(locale);
      return true;
    },
    /** Heading of a day in a conversation. */
    day(at: number, now: number): string {
      const ago = daysAgo(at, now);
      if (ago === 0) return t('day.today');
      if (ago === 1) return t('day.yesterday');
      return (dayKey(at).slice(0, 4) === dayKey(now).slice(0, 4) ? forms.long : forms.longYear).format(at);
    },
    /** Time in the chat list: 14.05, Kemarin, Sen, 12/03/26. */
    listTime(at: number, now: number): string {
      const ago = daysAgo(at, now);
      if (ago === 0) return time(at);
      if (ago === 1) return t('day.yesterday');
      return (ago > 1 && ago < 7 ? forms.weekday : forms.short).format(at);
    },
    /** A moment in the past: 14.05, kemarin 14.05, 12/03/26 14.05. */
    moment(at: number, now: number): string {
      const ago = daysAgo(at, now);
      if (ago === 0) return time(at);
      const day = ago === 1 ? t('day.yesterday').toLowerCase() : forms.short.format(at);
      return `${day} ${time(at)}`;
    },
    /** A calendar day: 12 Maret 2026. */
    date: (at: number) => forms.longYear.format(at),
    /** 812 B, 1,4 MB: as people of the place write it. */
    size(bytes: number): string {
      const step = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : 2;
      const digits = { maximumFractionDigits: step === 2 ? 1 : 0 };
      const number = new Intl.NumberFormat(locale, digits).format(bytes / 1_000 ** step);
      return `${number} ${['B', 'KB', 'MB'][step]}`;
    },
    failure: (code: ApiErrorCode) => (`error.${code}` in texts ? t(`error.${code}`) : t('error.UNKNOWN')),
  };
}

const zoneNow = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** How times are written in a zone, that of the browser unless one is given. */
function formsOf(locale: string, timeZone = zoneNow()) {
  const form = (options: Intl.DateTimeFormatOptions, tag = locale) =>
    new Intl.DateTimeFormat(tag, { timeZone, ...options });
  return {
    zone: timeZone,
    clock: once(MINUTE_MS, form({ hour: '2-digit', minute: '2-digit' })),
    weekday: form({ weekday: 'short' }),
    short: form({ day: '2-digit', month: '2-digit', year: '2-digit' }),
    long: form({ weekday: 'long', day: 'numeric', month: 'long' }),
    longYear: form({ day: 'numeric', month: 'long', year: 'numeric' }),
    // Swedish dates are written as ISO 8601.
    key: once(QUARTER_MS, form({ dateStyle: 'short' }, 'sv')),
  };
}

/** Letters that run from right to left, and signs that turn the direction. */
const TURNS =
  /[\u0590-\u08FF\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** What is filled in keeps its own direction, and the sentence around it keeps its own (FSI … PDI, UAX #9). */
export const isolated = (text: string): string => (TURNS.test(text) ? `\u2068${text}\u2069` : text);

/** A text in one line, where each line of it keeps its own direction; the first one gives that of the whole. */
export function inOneLine(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  return [first, ...rest.map(isolated)].join(' ');
}

/** Words for a time that are the same all through a span of so many ms. They are asked of every row at every change. */
function once(spanMs: number, format: Intl.DateTimeFormat): (at: number) => string {
  const held = new Map<number, string>();
  return (at) => {
    const span = Math.floor(at / spanMs);
    let words = held.get(span);
    if (words === undefined) {
      if (held.size === MAX_HELD) held.clear();
      words = format.format(at);
      held.set(span, words);
    }
    return words;
  };
}
