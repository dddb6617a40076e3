/** The units of a duration, the largest first, with their length in milliseconds. */
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** How long ago a moment is, or in how long it comes: “3 jam yang lalu”, “in 5 hours”. Both in epoch milliseconds. */
export function relativeTime(at: number, now: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const [unit, length] = UNITS.find(([, ms]) => Math.abs(at - now) >= ms) ?? ['minute', 60_000];
  return format.format(Math.trunc((at - now) / length) + 0, unit);
}
