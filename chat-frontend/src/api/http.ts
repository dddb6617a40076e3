import type { ErrorCode, FactorKind } from '../../../chat-core/src/errors.ts';
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
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Query = Record<string, string | number>;
type Call = {
  body?: unknown;
  /** A part of a file, in place of a body. */
  bytes?: Blob;
  query?: Query;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The request may outlive the page. */
  keepalive?: boolean;
};

export type Http = ReturnType<typeof createHttp>;

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
    const body = call.bytes ?? (call.body === undefined ? null : JSON.stringify(call.body));
    if (body) headers.set('Content-Type', call.bytes ? 'application/octet-stream' : 'application/json');
    const query = call.query ? `?${new URLSearchParams(call.query as Record<string, string>)}` : '';
    const init: RequestInit = {
      method,
      headers,
      body,
      credentials: 'omit',
      // No answer of the API is cacheable (Cache-Control). `cache: 'no-store'` would also pass by the browser's memory of
      // preflights: a page on a CDN would ask for leave before each poll.
      keepalive: call.keepalive ?? false,
      signal: call.signal ?? AbortSignal.timeout(timeoutMs),
    };
    const response = await fetch(`${base}${path}${query}`, init).catch((cause: unknown) => {
      throw networkError(cause);
    });
    onServerTime?.(response.headers.get('Box-Time'));
    if (response.ok) return response;
    const failure = await errorOf(response);
    if (failure.code === 'UNAUTHENTICATED' && used) onSignedOut(used);
    throw failure;
  }

  const requestJson = async <Answer>(method: Method, path: string, call: Call): Promise<Answer> =>
    readAnswer(await request(method, path, call));

  return {
    base,
    request,
    get: <Answer>(path: string, query?: Query) => requestJson<Answer>('GET', path, query ? { query } : {}),
    post: <Answer>(path: string, body: unknown) => requestJson<Answer>('POST', path, { body }),
    patch: <Answer>(path: string, body: unknown) => requestJson<Answer>('PATCH', path, { body }),
    /** Also sent while the page unloads. */
    remove: <Answer>(path: string, query: Query = {}) =>
      requestJson<Answer>('DELETE', path, { query, keepalive: true }),
  };
}

function networkError(cause: unknown): ApiError {
  const isTimeout = cause instanceof Error && (cause.name === 'TimeoutError' || cause.name === 'AbortError');
  return new ApiError(isTimeout ? 'TIMEOUT' : 'NETWORK');
}

async function errorOf(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After')) || 0;
  const body: { code?: unknown; factors?: FactorKind[] } | null = await response.json().catch(() => null);
  const code = typeof body?.code === 'string' && body.code;
  return new ApiError(code ? (code as ErrorCode) : 'UNKNOWN', response.status, retryAfter, body?.factors);
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
