import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';

type HeaderRule = { source: string; headers: { key: string; value: string }[] };

/** Types of the files that a build also holds compressed (chat-frontend/compress.ts), by their ending. */
const CONTENT_TYPES = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['svg', 'image/svg+xml'],
  ['webmanifest', 'application/manifest+json; charset=utf-8'],
]);
/** The smallest first. */
const ENCODINGS = [
  { encoding: 'br', ending: '.br' },
  { encoding: 'gzip', ending: '.gz' },
];

/** One encoding of a file: its path and the headers of its answer. */
type Variant = { path: string; headers: Record<string, string> };

/**
 * Serves the built page from a folder with the headers its own build wrote for the CDN (vercel.json), so that there
 * is one Content-Security-Policy wherever the page comes from.
 * @throws when the folder holds no build
 */
export function mountPage(app: Express, folder: string): void {
  const rules = readHeaderRules(folder);
  app.use((request, response, next) => {
    for (const { source, headers } of rules) {
      if (source.test(request.path)) for (const { key, value } of headers) response.setHeader(key, value);
    }
    next();
  });
  app.use(refuseSubPath);
  app.use(redirectHashRoutes);
  app.use(serveFiles(folder));
  app.use(redirectToPage);
}

/**
 * Below a path of another site every script of that site could read what this page stores, so the page has no such form
 * (decision 0054). Proxies that cut a path off say so in this header.
 */
const refuseSubPath: RequestHandler = (request, response, next) => {
  const prefix = request.get('X-Forwarded-Prefix') ?? '';
  if (/^\/?$/.test(prefix)) return next();
  response
    .status(421)
    .type('text/plain')
    .send(
      'Bisik cannot be below a path of another site: give it a name of its own, such as https://chat.example.org (docs/reverse-proxies.md).\n',
    );
};

/**
 * Some apps write the hash of a link as %23, once or twice, so that the route behind it becomes part of the path. The
 * redirect goes to the same route of the page; what follows `/#` cannot leave this origin.
 */
const redirectHashRoutes: RequestHandler = (request, response, next) => {
  const [, route] = /^\/%(?:25)?23(\/[^?]*)/i.exec(request.url) ?? [];
  if (route === undefined || !isRead(request)) return next();
  response.redirect(302, `/#${route}`);
};

/** A browser that opens an unknown path gets the page; a program, and every path below /api, gets a 404. */
const redirectToPage: RequestHandler = (request, response, next) => {
  const isBrowser = isRead(request) && (request.headers.accept ?? '').includes('text/html');
  const isPage = ['/', '/index.html'].includes(request.path);
  if (!isBrowser || isPage || /^\/api(\/|$)/.test(request.path)) return next();
  response.redirect(302, '/');
};

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function readHeaderRules(folder: string): { source: RegExp; headers: HeaderRule['headers'] }[] {
  let text: string;
  try {
    text = readFileSync(join(folder, 'vercel.json'), 'utf8');
  } catch (cause) {
    throw new Error(
      'The variable FRONTEND_DIR names a folder without a built page. Run npm run build first.',
      { cause },
    );
  }
  const { headers } = JSON.parse(text) as { headers: HeaderRule[] };
  return headers.map((rule) => ({ source: new RegExp(`^${rule.source}$`), headers: rule.headers }));
}

/**
 * Serves the files of a folder, each in the smallest encoding that exists and that the client accepts. The build
 * compresses them once, so that the server never has to.
 */
function serveFiles(folder: string): RequestHandler {
  const files = express.static(folder, {
    index: 'index.html',
    redirect: false,
    cacheControl: false,
    acceptRanges: false,
    dotfiles: 'ignore',
  });
  return (request, response, next) => {
    const { url } = request;
    const variants = variantsOf(request, response);
    const sendNext = () => {
      const variant = variants.shift();
      if (!variant) return files(request, response, next);
      request.url = variant.path;
      for (const [name, value] of Object.entries(variant.headers)) response.setHeader(name, value);
      files(request, response, (error?: unknown) => {
        request.url = url;
        if (error !== undefined) return next(error);
        for (const name of Object.keys(variant.headers)) response.removeHeader(name);
        sendNext();
      });
    };
    sendNext();
  };
}

/** The encodings to try, best first; the answer varies by Accept-Encoding. */
function variantsOf(request: Request, response: Response): Variant[] {
  const path = request.path === '/' ? '/index.html' : request.path;
  const type = CONTENT_TYPES.get(/\.(\w+)$/.exec(path)?.[1] ?? '');
  if (type === undefined || !isRead(request)) return [];
  response.vary('Accept-Encoding');
  return ENCODINGS.filter(({ encoding }) => request.acceptsEncodings(encoding)).map((one) => ({
    path: path + one.ending,
    headers: { 'Content-Type': type, 'Content-Encoding': one.encoding },
  }));
}
