const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A time as a field of type datetime-local has it: in the zone of the browser, to the minute. */
export function toLocalValue(at: number): string {
  const offsetMs = new Date(at).getTimezoneOffset() * MINUTE_MS;
  return new Date(at - offsetMs).toISOString().slice(0, 16);
}

/** The time of such a value; undefined for none. */
export function fromLocalValue(value: string): number | undefined {
  const at = new Date(value).getTime();
  return Number.isNaN(at) ? undefined : at;
}

/** The next full hour that is at least half an hour away. */
export const nextHour = (now: number): number => Math.ceil((now + HOUR_MS / 2) / HOUR_MS) * HOUR_MS;
