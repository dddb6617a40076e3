import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ApiError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Failure } from '../wire/wire.ts';
import { guardContent } from './headers.ts';

const OF_A_FILE = ['ETag', 'Last-Modified', 'Content-Encoding', 'Content-Range', 'Accept-Ranges'];

/** Turns any error into its answer, the one place that does. What is not an ApiError is logged under a request id. */
export function fail(log: Log, route: string, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = asApiError(error);
  // What a static file had said of itself is not true of a refusal.
  for (const name of OF_A_FILE) response.removeHeader(name);
  const answer: Failure = { error: known.message, code: known.code };
  if (known.code === 'INTERNAL') {
    answer.requestId = randomUUID();
    log.error({ requestId: answer.requestId, route, err: error }, 'a request failed');
  } else if (known.status >= 500) {
    log.warn({ route, code: known.code, cause: causeOf(known) }, 'a request was refused');
  }
  if (known.retryAfter !== undefined) response.setHeader('Retry-After', String(known.retryAfter));
  guardContent(response);
  const bytes = Buffer.from(JSON.stringify(answer));
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', bytes.length);
  response.statusCode = known.status;
  response.end(bytes);
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // Express and its static files refuse a path that does not decode, or a precondition, by an error with a status.
  const { status } = (error ?? {}) as { status?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) return new ApiError('MALFORMED_REQUEST');
  return new ApiError('INTERNAL');
}

function causeOf({ cause }: ApiError): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}
