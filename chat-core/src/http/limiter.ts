import type { RateName } from '../rates.ts';

export type RateLimiter = {
  /**
   * Counts a request, or a `cost` in the unit of the limit, against a key. What is let through may exceed the limit once:
   * the rest of the window is refused then. @throws ApiError TOO_MANY_REQUESTS, DAILY_LIMIT or DOWNLOAD_LIMIT, with the seconds to wait
   */
  consume(name: RateName, key: string, cost?: number): void;
  /** Counts nothing. @throws ApiError TOO_MANY_REQUESTS when the next request would be refused */
  check(name: RateName, key: string): void;
  /** Counts a request or a `cost`, also beyond the limit. */
  count(name: RateName, key: string, cost?: number): void;
  /** Takes back one request that was counted. */
  refund(name: RateName, key: string): void;
};

/** A limiter whose counters may be elsewhere: what it throws may come later. */
export type Limiter = {
  [Name in keyof RateLimiter]: (...input: Parameters<RateLimiter[Name]>) => void | Promise<void>;
};
