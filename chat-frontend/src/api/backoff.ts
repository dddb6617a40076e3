const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * Milliseconds to wait before the next try: 1 s, 2 s, 4 s … 30 s, each up to a quarter longer or shorter so that
 * the pages of a household do not all return in the same moment. `retryAfter` (seconds, from the box) is a minimum.
 */
export function backoff(failures: number, retryAfter = 0, random: () => number = Math.random): number {
  const steps = Math.min(Math.max(failures, 1) - 1, 10);
  const wait = Math.min(FIRST_MS * 2 ** steps, LONGEST_MS) * (0.75 + random() / 2);
  return Math.round(Math.max(wait, retryAfter * 1_000));
}
