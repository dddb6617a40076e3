import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express } from 'express';
import { serveFiles } from './files.ts';

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
  app.use(serveFiles(folder));
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
