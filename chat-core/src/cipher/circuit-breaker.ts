import { ApiError } from '../errors.ts';

/** After a failure nothing is tried for so long; the first call after that finds out whether it is over. */
const OPEN_MS = 1000;

/** Runs calls until one fails, then refuses at once for a second: a dead peer costs one wait, not one a request. */
export function createCircuitBreaker(
  now: () => number = () => performance.now(),
): <T>(call: () => Promise<T>) => Promise<T> {
  let openUntil = Number.NEGATIVE_INFINITY;
  return async (call) => {
    if (now() < openUntil) throw new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2 });
    try {
      return await call();
    } catch (cause) {
      openUntil = now() + OPEN_MS;
      throw new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2, cause });
    }
  };
}
