import type { ErrorCode } from '../../../chat-core/src/errors.ts';

/** The API's codes, and what can go wrong before the API is reached: no network, 15 s of silence, a foreign answer. */
export type FailureCode = ErrorCode | 'NETWORK' | 'TIMEOUT' | 'UNKNOWN';

/** A call that did not succeed. `status` is 0 when nothing was answered; `retryAfter` is in seconds. */
export class ApiFailure extends Error {
  override name = 'ApiFailure';
  readonly code: FailureCode;
  readonly status: number;
  readonly retryAfter: number;

  constructor(code: FailureCode, status = 0, retryAfter = 0) {
    super(code);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Whether no answer of the box came: then it may have done what was asked, and the same request may be sent again. */
export function isUnanswered(thrown: unknown): boolean {
  return thrown instanceof ApiFailure && ['NETWORK', 'TIMEOUT', 'UNKNOWN'].includes(thrown.code);
}

/** The failure in whatever was thrown. */
export function failureOf(thrown: unknown): ApiFailure {
  return thrown instanceof ApiFailure ? thrown : new ApiFailure('UNKNOWN');
}
