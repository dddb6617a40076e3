import type { Request, Response } from 'express';

const METHODS = 'GET, POST';
const ALLOWED = 'Authorization, Content-Type, Last-Event-ID';
const EXPOSED = 'Retry-After, Poll-After-Ms';
const PREFLIGHT_SECONDS = '7200';

/** Headers of every answer of the API; it is data, never a page (OWASP ASVS 5.0 3.4). */
export function setHeaders(request: Request, response: Response, origins: ReadonlySet<string>): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('Referrer-Policy', 'no-referrer');
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
