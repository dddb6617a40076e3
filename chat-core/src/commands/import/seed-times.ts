/** Epoch milliseconds; undefined where the file's value is no time or an ambiguous one. */
export type SeedTime = number | undefined;

/** Only times between these are plausible, so that a number fits at most one unit. */
const MIN_TIME = Date.UTC(1990, 0, 1);
const END_TIME = Date.UTC(2100, 0, 1);
/** The units a number may be in, in milliseconds: seconds, milliseconds, microseconds, nanoseconds. */
const UNITS = [1000, 1, 1e-3, 1e-6];

const NUMBER = /^\d{1,20}(\.\d{1,9})?$/;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
/** RFC 5322, and what JavaScript writes of a date: its month has a name. */
const NAMED =
  /^(?:[a-z]{3,9},? )?(?:(\d{1,2}) ([a-z]{3,9})|([a-z]{3,9}) (\d{1,2})),? (\d{4}),? (\d{2}):(\d{2})(?::(\d{2}))?(?: (?:(GMT|UTC|Z)?([+-]\d{4})?))?(?: \([^)]*\))?$/i;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Day and month in either order, or the day before dots. */
const SLASHES = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:,? (\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * Reads a time: a number of seconds, milli-, micro- or nanoseconds, also as text; ISO 8601; a date with its month by name;
 * day/month/year where one of the first two can be no month; MongoDB's `$date` and `$numberLong`. A time without a zone is
 * in this machine's zone, as in JavaScript; a date alone is in UTC. Anything else, and times before 1990 or after 2099, is undefined.
 */
export function readTime(value: unknown): SeedTime {
  if (typeof value === 'number') return ofNumber(value);
  if (typeof value === 'string') return ofText(value.trim());
  if (typeof value !== 'object' || value === null) return undefined;
  const { $date, ...number } = value as Record<string, unknown>;
  if ($date === undefined) return ofNumber(mongoNumber(number));
  if (typeof $date === 'string' && !NUMBER.test($date)) return ofText($date.trim());
  // MongoDB Extended JSON v2: a number there is in milliseconds.
  return within(Math.round(mongoNumber($date)));
}

/** A number as MongoDB writes it, else NaN. */
function mongoNumber(value: unknown): number {
  const { $numberLong, $numberInt, $numberDouble } = Object(value) as Record<string, unknown>;
  const number = $numberLong ?? $numberInt ?? $numberDouble ?? value;
  if (typeof number === 'string') return NUMBER.test(number) ? Number(number) : Number.NaN;
  return typeof number === 'number' ? number : Number.NaN;
}

function ofText(text: string): SeedTime {
  if (NUMBER.test(text)) return ofNumber(Number(text));
  const iso = ISO.exec(text);
  if (iso) return ofParts(iso.slice(1));
  const slashes = SLASHES.exec(text);
  if (slashes) return ofDayAndMonth(slashes);
  const named = NAMED.exec(text);
  if (!named) return undefined;
  const [, dayFirst, nameAfter, nameBefore, daySecond, year, hour, minute, second, zone, offset] = named;
  const month = MONTHS.indexOf((nameAfter ?? nameBefore ?? '').slice(0, 3).toLowerCase()) + 1;
  const parts = [year, String(month), dayFirst ?? daySecond, hour, minute, second, undefined];
  return ofParts([...parts, offset ?? (zone && 'Z')]);
}

function ofNumber(number: number): SeedTime {
  const times = UNITS.map((unit) => number * unit).filter(isPlausible);
  return times[0] === undefined ? undefined : Math.round(times[0]);
}

/** `parts` are year, month, day, hour, minute, second, fraction of a second, zone. */
function ofParts(parts: (string | undefined)[]): SeedTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part) => Number(part ?? 0));
  const [, , , hourText, , , fraction = '0', zone] = parts;
  const ms = Math.trunc(Number(`0.${fraction}`) * 1000);
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
  // Date.UTC would roll an invalid day over into the next month.
  const isDay = utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 59) return undefined;
  if (zone === undefined) {
    const isDateAlone = hourText === undefined;
    const here = new Date(year, month - 1, day, hour, minute, second, ms);
    return within((isDateAlone ? utc : here).getTime());
  }
  const [, sign, hours = 0, minutes = 0] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return within(utc.getTime() - (sign === '-' ? -offset : offset));
}

function ofDayAndMonth([, one = '', mark, two = '', year, ...time]: RegExpExecArray): SeedTime {
  const isDayFirst = Number(one) > 12 || mark === '.' || one === two;
  if (!isDayFirst && Number(two) <= 12) return undefined;
  const [day, month] = isDayFirst ? [one, two] : [two, one];
  return ofParts([year, month, day, ...time]);
}

function within(time: number): SeedTime {
  return isPlausible(time) ? time : undefined;
}

function isPlausible(time: number): boolean {
  return time >= MIN_TIME && time < END_TIME;
}
