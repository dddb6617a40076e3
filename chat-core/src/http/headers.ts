import type { Request, Response } from 'express';

const METHODS = 'GET, POST';
const ALLOWED = 'Authorization, Content-Type, Last-Event-ID';
const EXPOSED = 'Retry-After, Poll-After-Ms';
const PREFLIGHT_SECONDS = '7200';

/** Headers of an answer with content: it is data, never a page (OWASP ASVS 5.0 3.4). An empty one has nothing to guard. */
export const CONTENT_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
};

/** Says of an answer's content that it is data. */
export function guardContent(response: Response): void {
  for (const [name, value] of Object.entries(CONTENT_HEADERS)) response.setHeader(name, value);
}

/** Headers of every answer of the API. */
export function setHeaders(request: Request, response: Response, origins: ReadonlySet<string>): void {
  response.setHeader('Cache-Control', 'no-store');
  if (origins.size === 0) return;
  response.setHeader('Vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.has(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', EXPOSED);
  if (request.method === 'OPTIONS') {
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Allow-Headers', ALLOWED);
    response.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  }
}
