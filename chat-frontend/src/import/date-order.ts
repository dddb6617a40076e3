import type { DateOrder } from './imported-chat.ts';

/** A date as written, in numbers, and its time within the day in milliseconds. */
export type WrittenDate = { parts: readonly [number, number, number]; dayMs: number };

const DAY_MS = 24 * 3600 * 1000;
const ORDERS: DateOrder[] = ['dmy', 'mdy', 'ymd'];

/**
 * The orders of day, month and year in which every date exists, the likeliest first: that in which time goes back least, since
 * an export is in the order of time. Several only where they are equally good.
 */
export function possibleOrders(dates: readonly WrittenDate[], isTwelveHours: boolean): DateOrder[] {
  // Where the year comes first it is written in full, or the first number would be that of a day.
  const isYearFirst = dates.some(({ parts: [first] }) => first > 31);
  const orders = ORDERS.filter((order) => (order === 'ymd') === isYearFirst);
  const possible = orders.filter((order) => dates.every(({ parts }) => dayOf(parts, order) !== undefined));
  if (possible.length < 2) return possible.length > 0 ? possible : likeliest(dates);
  const backwards = new Map(possible.map((order) => [order, backwardSteps(dates, order)]));
  const least = Math.min(...backwards.values());
  const best = possible.filter((order) => backwards.get(order) === least);
  // Twelve hours are usual where the month comes first.
  return best.sort(
    (a, b) => Number(b === 'mdy') * (isTwelveHours ? 1 : -1) - Number(a === 'mdy') * (isTwelveHours ? 1 : -1),
  );
}

/** The order in which most dates exist, for an export with some that no order explains. */
function likeliest(dates: readonly WrittenDate[]): DateOrder[] {
  const wrong = (order: DateOrder) => dates.filter(({ parts }) => dayOf(parts, order) === undefined).length;
  const [best = 'dmy'] = ORDERS.toSorted((a, b) => wrong(a) - wrong(b));
  return [best];
}

function backwardSteps(dates: readonly WrittenDate[], order: DateOrder): number {
  let [steps, before] = [0, Number.NEGATIVE_INFINITY];
  for (const { parts } of dates) {
    const day = dayOf(parts, order) ?? before;
    if (day < before - DAY_MS) steps += 1;
    before = day;
  }
  return steps;
}

/** Midnight UTC of a date in an order; undefined when there is no such day. */
export function dayOf(parts: readonly [number, number, number], order: DateOrder): number | undefined {
  const [year, month, day] = inOrder(parts, order);
  const full = year < 100 ? 2000 + year : year;
  if (full < 2000 || full > 2100 || month < 1 || month > 12 || day < 1) return undefined;
  const time = Date.UTC(full, month - 1, day);
  return new Date(time).getUTCDate() === day ? time : undefined;
}

/** The time of a message in the time zone of this browser, as WhatsApp writes it; undefined when there is no such day. */
export function timeOf({ parts, dayMs }: WrittenDate, order: DateOrder): number | undefined {
  const day = dayOf(parts, order);
  if (day === undefined) return undefined;
  const date = new Date(day);
  const local = new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), 0, 0, 0, dayMs);
  return local.getTime();
}

function inOrder([a, b, c]: readonly [number, number, number], order: DateOrder): [number, number, number] {
  if (order === 'ymd') return [a, b, c];
  return order === 'dmy' ? [c, b, a] : [c, a, b];
}
