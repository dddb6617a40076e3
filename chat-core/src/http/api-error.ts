import type { ServerResponse } from 'node:http';
import { ApiError } from '../errors.ts';
import { ClientGone } from './byte-answer.ts';

/** The error that is answered for any other. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // Express reports a path that cannot be decoded, and a failed precondition of a file, by an error with a status.
  const { status } = (error ?? {}) as { status?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) return new ApiError('MALFORMED_REQUEST');
  return new ApiError('INTERNAL');
}

/** The error that a request was refused with; undefined when its client went away. */
export function refusalOf(error: unknown): ApiError | undefined {
  return error instanceof ClientGone ? undefined : asApiError(error);
}

/** Ids of the requests that failed unexpectedly, as they are in the answer and in the log. */
const requestIds = new WeakMap<ServerResponse, string>();

export function rememberRequestId(response: ServerResponse, id: string): void {
  requestIds.set(response, id);
}

export function requestIdOf(response: ServerResponse): string | undefined {
  return requestIds.get(response);
}
