import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, describeError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Failure } from '../wire/wire.ts';
import { asApiError, rememberRequestId } from './api-error.ts';
import { ClientGone } from './byte-answer.ts';
import type { Redirect } from './redirect.ts';

const CORS_METHODS = 'GET, POST, PUT, PATCH, DELETE';
const CORS_ALLOWED_HEADERS = 'Authorization, Content-Type, Last-Event-ID, Range, Reauthentication-Ticket';
const CORS_EXPOSED_HEADERS = 'Retry-After, Poll-After-Ms, Box-Time, Content-Range, Upload-Offset';
const PREFLIGHT_SECONDS = '7200';

const JSON_TYPE = 'application/json; charset=utf-8';
/** Headers of an answer with content: a browser must never show it as a page (OWASP ASVS 5.0 3.4). */
const CONTENT_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
};
/** Headers of an error that is answered without a response of the API: to malformed HTTP. */
export const JSON_ERROR_HEADERS = {
  ...CONTENT_HEADERS,
  'Cache-Control': 'no-store',
  'Content-Type': JSON_TYPE,
};
const JSON_HEADERS = [...Object.entries(CONTENT_HEADERS).flat(), 'Content-Type', JSON_TYPE, 'Content-Length'];
const FILE_HEADERS = ['ETag', 'Last-Modified', 'Content-Encoding', 'Content-Range', 'Accept-Ranges'];

/** What the headers of an answer depend on besides its content. */
export type HeaderPolicy = {
  corsOrigins: ReadonlySet<string>;
  /** Whether the client uses https, as far as is known: TLS ends before this process. */
  isHttps(request: IncomingMessage): boolean;
};

/** A year of https for this name and those below it (RFC 6797; OWASP ASVS 5.0 3.4.1). */
const STRICT_TRANSPORT = ['Strict-Transport-Security', 'max-age=31536000; includeSubDomains'] as const;

/** Headers of every answer of the API, as a flat list of names and values. */
export function apiHeaders(
  request: IncomingMessage,
  { corsOrigins: origins, isHttps }: HeaderPolicy,
): string[] {
  const headers = ['Cache-Control', 'no-store'];
  if (isHttps(request)) headers.push(...STRICT_TRANSPORT);
  if (origins.size === 0) return headers;
  headers.push('Vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.has(origin)) return headers;
  headers.push('Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', CORS_EXPOSED_HEADERS);
  if (request.method === 'OPTIONS') {
    headers.push('Access-Control-Allow-Methods', CORS_METHODS);
    headers.push('Access-Control-Allow-Headers', CORS_ALLOWED_HEADERS);
    headers.push('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  }
  return headers;
}

/** Sets the same headers on a response. */
export function setApiHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  policy: HeaderPolicy,
): void {
  const headers = apiHeaders(request, policy);
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
}

/** Sets what a file of the page or the API document needs besides its own headers. */
export function setTransportHeader(
  request: IncomingMessage,
  response: ServerResponse,
  { isHttps }: HeaderPolicy,
): void {
  if (isHttps(request)) response.setHeader(...STRICT_TRANSPORT);
}

/** Answers 200 with JSON, or 204 for undefined. `headers` is a flat list, which Node writes unchanged. */
export function sendContent(response: ServerResponse, headers: string[], content: unknown): void {
  if (content === undefined) {
    response.writeHead(204, headers).end();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(content));
  response.writeHead(200, [...headers, ...JSON_HEADERS, String(bytes.length)]).end(bytes);
}

/** Answers 303 See Other. The address of this request goes to no other host (Referrer-Policy). */
export function sendRedirect(response: ServerResponse, headers: string[], { location }: Redirect): void {
  const own = [...Object.entries(CONTENT_HEADERS).flat(), 'Location', location, 'Content-Length', '0'];
  response.writeHead(303, [...headers, ...own]).end();
}

/**
 * Answers with an error; every error response is sent here. One that is not an ApiError is logged under a request id. An
 * answer that has begun is cut.
 */
export function sendError(log: Log, route: string, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    logCut(log, route, error);
    return;
  }
  const known = asApiError(error);
  // Headers that were set for a static file do not describe this answer.
  for (const name of FILE_HEADERS) response.removeHeader(name);
  const failure: Failure = { error: known.message, code: known.code };
  if (known.factors) failure.factors = known.factors;
  if (known.code === 'INTERNAL') {
    failure.requestId = randomUUID();
    rememberRequestId(response, failure.requestId);
    log.error({ requestId: failure.requestId, route, err: error }, 'a request failed');
  }
  for (const [name, value] of Object.entries(known.headers)) response.setHeader(name, value);
  if (known.retryAfter !== undefined) response.setHeader('Retry-After', String(known.retryAfter));
  for (const [name, value] of Object.entries(CONTENT_HEADERS)) response.setHeader(name, value);
  const bytes = Buffer.from(JSON.stringify(failure));
  response.setHeader('Content-Type', JSON_TYPE);
  response.setHeader('Content-Length', bytes.length);
  response.statusCode = known.status;
  response.end(bytes);
}

/** Logs why an answer of bytes was cut, unless its client went away. */
function logCut(log: Log, route: string, error: unknown): void {
  if (error instanceof ClientGone) return;
  if (!(error instanceof ApiError)) log.error({ route, err: error }, 'an answer was cut');
  else if (error.status >= 500)
    log.warn({ route, code: error.code, cause: causeOf(error) }, 'an answer was cut');
  else log.info({ route, code: error.code }, 'an answer was cut: its caller may not read it any more');
}

const { status: OVERLOADED_STATUS, sentence } = describeError('OVERLOADED');
const OVERLOADED_BODY = JSON.stringify({ error: sentence, code: 'OVERLOADED' } satisfies Failure);

/** Answers 503 OVERLOADED. It is sent under the highest load, so its bytes are prepared. */
export function sendOverloaded(response: ServerResponse, retryAfterSeconds: number): void {
  response.writeHead(OVERLOADED_STATUS, {
    ...CONTENT_HEADERS,
    'Content-Type': JSON_TYPE,
    'Content-Length': OVERLOADED_BODY.length,
    'Retry-After': retryAfterSeconds,
  });
  response.end(OVERLOADED_BODY);
}

function causeOf({ cause }: ApiError): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}
