import type { ErrorCode, FactorKind } from '../../../chat-core/src/errors.ts';
import type { LoginAnswer } from '../../../chat-core/src/wire/wire.ts';

/** The codes of the API, and what can go wrong before it answers: no network, a timeout, an answer that is not the API's. */
export type ApiErrorCode = ErrorCode | 'NETWORK' | 'TIMEOUT' | 'UNKNOWN';

/**
 * A call that did not succeed. `status` is 0 when nothing was answered; `retryAfter` is in seconds; `factors` are the
 * second factors that a login may use; `login` is one that has to set up a second factor before it begins.
 */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly status: number;
  readonly retryAfter: number;
  readonly factors: FactorKind[];
  declare login?: LoginAnswer;

  constructor(code: ApiErrorCode, status = 0, retryAfter = 0, factors: FactorKind[] = []) {
    super(code);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.factors = factors;
  }
}

/** Any thrown value as an ApiError. */
export function toApiError(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : new ApiError('UNKNOWN');
}

const UNANSWERED: readonly ApiErrorCode[] = ['NETWORK', 'TIMEOUT', 'UNKNOWN'];

/** Whether the server did not answer: it may have carried out the request, which can be sent again. */
export function isUnanswered(thrown: unknown): boolean {
  return thrown instanceof ApiError && UNANSWERED.includes(thrown.code);
}

const RETRYABLE: readonly ApiErrorCode[] = [
  ...UNANSWERED,
  'INTERNAL',
  'NOT_READY',
  'OVERLOADED',
  'REQUEST_TIMEOUT',
  'TOO_MANY_REQUESTS',
  'CIPHER_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
  'DISK_FULL',
  'DAILY_LIMIT',
  'DOWNLOAD_LIMIT',
  // Others of this person's files are on their way.
  'TOO_MANY_UPLOADS',
  'PUSH_FAILED',
  // The session has ended: the same request succeeds after the next login.
  'UNAUTHENTICATED',
];

/** Whether the same request can succeed when it is repeated; any other code is final. `api-error.test.ts` classifies every code. */
export function isRetryable(code: ApiErrorCode): boolean {
  return RETRYABLE.includes(code);
}

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 30_000;

/**
 * Milliseconds to wait before the next attempt: 1 s, 2 s, 4 s … 30 s, each with ±25 % jitter so that pages that lost the
 * core together do not all come back in the same moment. `retryAfter` (seconds, from the server) is a minimum.
 */
export function backoff(failures: number, retryAfter = 0, random: () => number = Math.random): number {
  const doublings = Math.min(Math.max(failures, 1) - 1, 10);
  const delay = Math.min(FIRST_DELAY_MS * 2 ** doublings, MAX_DELAY_MS) * (0.75 + random() / 2);
  return Math.round(Math.max(delay, retryAfter * 1_000));
}
