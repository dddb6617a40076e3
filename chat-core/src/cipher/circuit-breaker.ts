import { ApiError } from '../errors.ts';

/** How long calls are refused after a failure; the first one after that is tried. */
const OPEN_MS = 1000;

/** Runs calls until one fails, then refuses at once for a second: a dead peer costs one timeout, not one per request. */
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
