import type { IncomingMessage } from 'node:http';
import { ApiError } from '../errors.ts';
import type { RateLimiter } from './limiter.ts';
import { MAX_BODY_BYTES } from './request-body.ts';
import type { Caller, Route } from './route.ts';

/** Seconds after which a client may ask a full disk again. */
const FULL_RETRY_AFTER = 5;
/** What a row takes besides its text. */
const ROW_BYTES = 700;

/**
 * Counts what a request stores against the day of its account: text as base64 with its row, a part of a file as it is.
 * @throws ApiError DISK_FULL, DAILY_LIMIT
 */
export function requireRoom(
  deps: { isDiskFull(): boolean; rateLimiter: RateLimiter },
  { maxBodyBytes }: Pick<Route, 'maxBodyBytes'>,
  caller: Caller | undefined,
  { headers }: Pick<IncomingMessage, 'headers'>,
): void {
  if (deps.isDiskFull()) throw new ApiError('DISK_FULL', { retryAfter: FULL_RETRY_AFTER });
  if (!caller) return;
  const max = maxBodyBytes ?? MAX_BODY_BYTES;
  // A longer body is refused, and stores nothing.
  const length = Math.min(Number(headers['content-length'] ?? max), max);
  const bytes = maxBodyBytes === undefined ? ROW_BYTES + (length * 4) / 3 : length;
  deps.rateLimiter.consume('stored', caller.userId, Math.ceil(bytes / 1024) || 1);
}
