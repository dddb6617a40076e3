import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { counterKey } from '../http/box-limits.ts';
import type { Rate } from '../rates.ts';
import type { SharedCounters } from '../storage/shared-counters.ts';
import { type Backoff, createBackoff, FIRST_DELAY } from './backoff.ts';

/**
 * Delays between wrong guesses that hold for all cores of a box, or in memory where there is one. `name` keeps its counters
 * apart from others.
 */
export function createBoxBackoff(
  counters: SharedCounters | undefined,
  name: string,
  rate: Rate | undefined,
  clock: Clock,
): Backoff {
  if (!rate || !counters) return createBackoff(rate, clock);
  const maxMs = rate.seconds * 1000;
  const delays = { free: rate.count, firstMs: maxMs * FIRST_DELAY, maxMs };
  const keyOf = (key: string) => counterKey(`wrong ${name}`, key);
  return {
    async count(key) {
      const waitMs = await counters.guess(keyOf(key), delays);
      if (waitMs > 0) throw new ApiError('TOO_MANY_REQUESTS', { retryAfter: Math.ceil(waitMs / 1000) });
    },
    uncount: (key) => counters.takeBackGuess(keyOf(key)),
    forget: async (key) => Math.max(0, (await counters.forgetGuesses(keyOf(key))) - 1),
    async get(key) {
      const found = await counters.guesses(keyOf(key));
      return found && { count: found.count, nextAt: found.waitMs > 0 ? clock() + found.waitMs : 0 };
    },
    restore: (key, { count, nextAt }) =>
      counters.restoreGuesses(keyOf(key), { count, waitMs: Math.max(0, nextAt - clock()) }),
  };
}
