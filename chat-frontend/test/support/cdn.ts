import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
type Rules = { headers: { source: string; headers: { key: string; value: string }[] }[] };

/** Serves a built page from another origin with the headers of its vercel.json, as a CDN does. */
export async function startCdn() {
  let folder = '';
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://cdn').pathname);
    const file = join(folder, path === '/' ? 'index.html' : path);
    const rules = JSON.parse(readFileSync(join(folder, 'vercel.json'), 'utf8')) as Rules;
    for (const { source, headers } of rules.headers) {
      if (!new RegExp(`^${source}$`).test(path)) continue;
      for (const { key, value } of headers) response.setHeader(key, value);
    }
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.statusCode = existsSync(file) ? 200 : 404;
    response.end(existsSync(file) ? readFileSync(file) : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show(built: string): void {
      folder = built;
    },
    async stop(): Promise<void> {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
