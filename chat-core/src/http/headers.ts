import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, POST, PATCH, DELETE';
const ALLOWED = 'Authorization, Content-Type, Last-Event-ID';
const EXPOSED = 'Retry-After, Poll-After-Ms, Box-Time';
const PREFLIGHT_SECONDS = '7200';

/** Headers of an answer with content: it is data, never a page (OWASP ASVS 5.0 3.4). An empty one has nothing to guard. */
export const CONTENT_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
};

/** Says of an answer's content that it is data. */
export function guardContent(response: ServerResponse): void {
  for (const [name, value] of Object.entries(CONTENT_HEADERS)) response.setHeader(name, value);
}

const BASE = ['Cache-Control', 'no-store'];

/** Headers of every answer of the API, names and values in turn. */
export function headersFor(request: IncomingMessage, origins: ReadonlySet<string>): string[] {
  const headers = [...BASE];
  if (origins.size === 0) return headers;
  headers.push('Vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.has(origin)) return headers;
  headers.push('Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', EXPOSED);
  if (request.method === 'OPTIONS') {
    headers.push('Access-Control-Allow-Methods', METHODS, 'Access-Control-Allow-Headers', ALLOWED);
    headers.push('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  }
  return headers;
}

/** The same, set on an answer that others write. */
export function setHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  origins: ReadonlySet<string>,
): void {
  const headers = headersFor(request, origins);
  for (let at = 0; at < headers.length; at += 2) response.setHeader(headers[at] ?? '', headers[at + 1] ?? '');
}
