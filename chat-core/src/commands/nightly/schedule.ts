/** Pauses after failed attempts in a row, in milliseconds; the last one repeats. */
const RETRY_MS = [5, 15, 60, 180].map((minutes) => minutes * 60_000);
/** A last backup further ahead than this was made while the clock was wrong. */
const MAX_AHEAD_MS = 24 * 3_600_000;

/** The attempts so far; times in epoch milliseconds. */
export type Attempts = { lastAt?: number | undefined; failures: number; lastAttemptAt?: number | undefined };

/**
 * When the next backup is due, in epoch milliseconds: at `time` (`HH:MM`, local) each day, at once when the last such time
 * passed without a backup, and after a pause that grows when an attempt failed. A result before `now` is due. Where a backup
 * is stored and its rehearsal fails again and again, the next one waits for its time: none is removed, so the target would fill.
 */
export function nextBackupAt(
  { lastAt, failures, lastAttemptAt }: Attempts,
  time: string,
  now: number,
): number {
  const isPlausible = (at: number | undefined) => at !== undefined && at <= now + MAX_AHEAD_MS;
  const previous = timeOfDay(time, now, 0) <= now ? timeOfDay(time, now, 0) : timeOfDay(time, now, -1);
  const isDone = lastAt !== undefined && isPlausible(lastAt) && lastAt >= previous;
  const regular = isDone ? nextTime(time, now) : previous;
  if (failures === 0 || lastAttemptAt === undefined || !isPlausible(lastAttemptAt)) return regular;
  if (isDone && failures >= RETRY_MS.length) return regular;
  const retryAt = lastAttemptAt + (RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? 0);
  return isDone ? Math.min(regular, retryAt) : retryAt;
}

function nextTime(time: string, now: number): number {
  const today = timeOfDay(time, now, 0);
  return today > now ? today : timeOfDay(time, now, 1);
}

/** That time on the local day of `now`, or days later. Where summer time skips it, the time after. */
function timeOfDay(time: string, now: number, days: number): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const date = new Date(now);
  date.setDate(date.getDate() + days);
  date.setHours(hours, minutes, 0, 0);
  return date.getTime();
}
