import type { ErrorCode } from '../../../chat-core/src/errors.ts';
import { ApiError } from './api-error.ts';

export type HttpDeps = {
  base: string;
  token: () => string | undefined;
  onSignedOut: (token: string) => void;
  /** The server's time as its answer states it; null when it does not. */
  onServerTime?: (time: string | null) => void;
  fetch?: typeof fetch;
  timeoutMs?: number;
};
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
type Query = Record<string, string>;
type Call = {
  body?: unknown;
  query?: Query;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The request may outlive the page. */
  keepalive?: boolean;
};

/** Sends requests to the server. Rejects with ApiError and nothing else. The only credential is a bearer token. */
export function createHttp({
  base,
  token,
  onSignedOut,
  onServerTime,
  fetch = globalThis.fetch,
  timeoutMs = 15_000,
}: HttpDeps) {
  async function request(method: Method, path: string, call: Call = {}): Promise<Response> {
    const used = token();
    const headers = new Headers(call.headers);
    if (used) headers.set('Authorization', `Bearer ${used}`);
    if (call.body !== undefined) headers.set('Content-Type', 'application/json');
    const query = call.query ? `?${new URLSearchParams(call.query)}` : '';
    const init: RequestInit = {
      method,
      headers,
      credentials: 'omit',
      cache: 'no-store',
      keepalive: call.keepalive ?? false,
      signal: call.signal ?? AbortSignal.timeout(timeoutMs),
    };
    if (call.body !== undefined) init.body = JSON.stringify(call.body);
    const response = await fetch(`${base}${path}${query}`, init).catch((cause: unknown) => {
      throw networkError(cause);
    });
    onServerTime?.(response.headers.get('Box-Time'));
    if (response.ok) return response;
    const failure = await errorOf(response);
    if (failure.code === 'UNAUTHENTICATED' && used) onSignedOut(used);
    throw failure;
  }

  return {
    request,
    get: async <Answer>(path: string, query?: Query): Promise<Answer> =>
      readAnswer<Answer>(await request('GET', path, query ? { query } : {})),
    post: async <Answer>(path: string, body: unknown): Promise<Answer> =>
      readAnswer<Answer>(await request('POST', path, { body })),
    patch: async <Answer>(path: string, body: unknown): Promise<Answer> =>
      readAnswer<Answer>(await request('PATCH', path, { body })),
    /** Also sent while the page unloads. */
    remove: async <Answer>(path: string, query: Query = {}): Promise<Answer> =>
      readAnswer<Answer>(await request('DELETE', path, { query, keepalive: true })),
  };
}

function networkError(cause: unknown): ApiError {
  const isTimeout = cause instanceof Error && (cause.name === 'TimeoutError' || cause.name === 'AbortError');
  return new ApiError(isTimeout ? 'TIMEOUT' : 'NETWORK');
}

async function errorOf(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After')) || 0;
  const body: unknown = await response.json().catch(() => null);
  const code =
    body && typeof body === 'object' && 'code' in body && typeof body.code === 'string' && body.code;
  return new ApiError(code ? (code as ErrorCode) : 'UNKNOWN', response.status, retryAfter);
}

/** A success that is not JSON comes from an intermediary (a captive portal) or from a wrong API address. */
export async function readAnswer<Answer>(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch (cause) {
    const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
    throw new ApiError(isTimeout ? 'TIMEOUT' : 'UNKNOWN', response.status);
  }
}
