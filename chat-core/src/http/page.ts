import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express, Request, RequestHandler } from 'express';
import { serveFiles } from './static-files.ts';

type Rule = { source: string; headers: { key: string; value: string }[] };

/**
 * Serves the built page from a folder with the headers its own build wrote for the CDN (vercel.json), so that there
 * is one Content-Security-Policy wherever the page comes from.
 * @throws when the folder holds no build
 */
export function mountPage(app: Express, folder: string): void {
  const rules = readRules(folder);
  app.use((request, response, next) => {
    for (const { source, headers } of rules) {
      if (source.test(request.path)) for (const { key, value } of headers) response.setHeader(key, value);
    }
    next();
  });
  app.use(redirectHashRoutes);
  app.use(serveFiles(folder));
  app.use(leadToPage);
}

/**
 * Some apps write the hash of a link as %23, once or twice, and what stands behind it then belongs to the path. It leads
 * to the same route of the page: after `/#` whatever was asked for stays within this origin.
 */
const redirectHashRoutes: RequestHandler = (request, response, next) => {
  const [, route] = /^\/%(?:25)?23(\/[^?]*)/i.exec(request.url) ?? [];
  if (route === undefined || !isRead(request)) return next();
  response.redirect(302, `/#${route}`);
};

/** A person who opens an unknown address gets the page; a program, and whatever lies below /api, gets its 404. */
const leadToPage: RequestHandler = (request, response, next) => {
  const isPerson = isRead(request) && (request.headers.accept ?? '').includes('text/html');
  const isPage = ['/', '/index.html'].includes(request.path);
  if (!isPerson || isPage || /^\/api(\/|$)/.test(request.path)) return next();
  response.redirect(302, '/');
};

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function readRules(folder: string): { source: RegExp; headers: Rule['headers'] }[] {
  let text: string;
  try {
    text = readFileSync(join(folder, 'vercel.json'), 'utf8');
  } catch (cause) {
    throw new Error(
      'The variable FRONTEND_DIR names a folder without a built page. Run npm run build first.',
      { cause },
    );
  }
  const { headers } = JSON.parse(text) as { headers: Rule[] };
  return headers.map((rule) => ({ source: new RegExp(`^${rule.source}$`), headers: rule.headers }));
}
