import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';

let folder: string;
let test: TestApp;

const RULES = {
  headers: [
    { source: '/(.*)', headers: [{ key: 'Content-Security-Policy', value: "default-src 'none'" }] },
    { source: '/assets/(.*)', headers: [{ key: 'Cache-Control', value: 'immutable' }] },
  ],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-page-'));
  await writeFile(join(folder, 'vercel.json'), JSON.stringify(RULES));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Bisik</title>');
  await writeFile(join(folder, 'index.html.br'), 'the page as br');
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'assets', 'a.js'), 'export const large = "a script";');
  await writeFile(join(folder, 'assets', 'a.js.br'), 'small as br');
  await writeFile(join(folder, 'assets', 'a.js.gz'), 'smaller as gzip');
  await writeFile(join(folder, 'assets', 'b.js'), 'export const b = 1;');
  await writeFile(join(folder, '.built-from'), 'stamp');
  await writeFile(join(folder, '.dot.js.br'), 'hidden');
  await writeFile(join(folder, '..', above), 'above');
  test = await startApp({ FRONTEND_DIR: folder });
  server = createServer(test.app).listen(0, '127.0.0.1');
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
  await rm(join(folder, '..', above));
});

const above = `bisik-above-${process.pid}`;
let server: Server;

/** Sends the path exactly as written: other clients normalize it first. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Received> {
  const { port } = server.address() as AddressInfo;
  return new Promise((done, fail) => {
    send({ port, path, headers, method }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      done({ status: answer.statusCode ?? 0, text, headers: answer.headers });
    })
      .on('error', fail)
      .end();
  });
}

type Received = { status: number; text: string; headers: IncomingHttpHeaders };

it.each(['{here}/page', 'page', './page', 'x/../page', 'page/', 'a page with spaces', 'link'])(
  'FRONTEND_DIR written as %s is the folder of the page',
  async (written) => {
    const cwd = process.cwd();
    const here = await realpath(await mkdtemp(join(tmpdir(), 'bisik-frontend-')));
    process.chdir(here);
    try {
      await mkdir('x');
      const name = written.startsWith('a') ? written : 'page';
      await mkdir(name);
      await symlink(join(here, name), join(here, 'link'));
      await writeFile(join(name, 'vercel.json'), JSON.stringify(RULES));
      await writeFile(join(name, 'index.html'), '<!doctype html><title>Bisik</title>');
      const { app } = await startApp({ FRONTEND_DIR: written.replace('{here}', here) });
      expect((await request(app).get('/').expect(200)).text).toContain('Bisik');
      expect((await request(app).get('/').expect(200)).headers['content-security-policy']).toContain(
        'default-src',
      );
    } finally {
      process.chdir(cwd);
      await rm(here, { recursive: true });
    }
  },
);

describe('the page served by chat-core', () => {
  it('a proxy that puts the page below a path of another site gets a sentence, not the page', async () => {
    for (const path of ['/', '/assets/a.js', '/nothing']) {
      const { status, text } = await get(path, { 'X-Forwarded-Prefix': '/chat', Accept: 'text/html' });
      expect([path, status]).toEqual([path, 421]);
      expect(text).toContain('give it a name of its own');
    }
    expect((await get('/', { 'X-Forwarded-Prefix': '/' })).status).toBe(200);
  });

  it('the page has the headers that its build wrote for the CDN', async () => {
    const page = await request(test.app).get('/').expect(200);
    expect(page.text).toContain('Bisik');
    expect(page.headers['content-security-policy']).toBe("default-src 'none'");
    expect(page.headers['cache-control']).toBeUndefined();
    const missing = await request(test.app).get('/assets/no.js').expect(404);
    expect(missing.body.code).toBe('NOT_FOUND');
  });

  it('the page exposes no dot files and nothing above its folder, and does not change answers of the API', async () => {
    expect(await readFile(join(folder, '..', above), 'utf8')).toBe('above');
    const paths = [
      '/.built-from',
      '/.dot.js',
      `/../${above}`,
      `/%2e%2e/${above}`,
      `/..%2f${above}`,
      `/assets/../../${above}`,
    ];
    for (const path of paths) {
      const { status, text } = await get(path, { 'Accept-Encoding': 'br' });
      expect([path, status >= 400 && status < 500, /above|hidden/.test(text)]).toEqual([path, true, false]);
    }
    const live = await request(test.app).get('/health/live').expect(200);
    expect(live.headers['content-security-policy']).toContain('frame-ancestors');
  });

  it('impossible ranges and unmet preconditions get no 5xx', async () => {
    const asked = [
      { Range: 'bytes=999999-' },
      { 'If-Match': '"x"' },
      { 'If-Unmodified-Since': 'Mon, 01 Jan 1990 00:00:00 GMT' },
    ];
    for (const headers of asked) {
      const { status } = await get('/', headers);
      expect([headers, status < 500]).toEqual([headers, true]);
    }
    expect((await get('/', { 'If-Match': '"x"' })).status).toBe(400);
    expect((await get('/api-docs/swagger-ui.css', { Range: 'bytes=99999999-' })).status).toBe(200);
  });

  it('a file is served in the smallest encoding that exists and the client accepts, each with its own ETag', async () => {
    const forms: [string, string | undefined, string | undefined][] = [
      ['/assets/a.js', 'gzip, deflate, br', 'br'],
      ['/assets/a.js?x=1', 'gzip, br', 'br'],
      ['/assets/a.js', 'gzip, deflate', 'gzip'],
      ['/assets/a.js', 'br;q=0, gzip', 'gzip'],
      ['/assets/a.js', 'identity', undefined],
      ['/assets/a.js', undefined, undefined],
      ['/assets/b.js', 'gzip, br', undefined],
      ['/', 'gzip, br', 'br'],
      ['/', 'gzip', undefined],
      ['/index.html', 'gzip, br', 'br'],
    ];
    const etags = new Map<string, unknown>();
    for (const [path, accepted, encoding] of forms) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await get(path, accepted === undefined ? {} : { 'Accept-Encoding': accepted }, method);
        const name = path === '/' ? 'index.html' : path.replace(/^\/|\?.*/g, '');
        const ending = { br: '.br', gzip: '.gz' }[encoding ?? ''] ?? '';
        const bytes = await readFile(join(folder, name + ending));
        expect([path, accepted, answer.status, answer.headers['content-encoding']]).toEqual([
          path,
          accepted,
          200,
          encoding,
        ]);
        expect(answer.headers['content-length']).toBe(String(bytes.length));
        expect(answer.text).toBe(method === 'HEAD' ? '' : String(bytes));
        expect(answer.headers['content-type']).toMatch(/^text\/(html|javascript); charset=utf-8$/);
        expect(answer.headers.vary).toBe('Accept-Encoding');
        etags.set(name + ending, answer.headers.etag);
        if (name.endsWith('.js')) expect(answer.headers['cache-control']).toBe('immutable');
      }
    }
    expect(new Set(etags.values()).size).toBe(etags.size);
  });

  it('an answer without an encoded body has no Content-Encoding', async () => {
    const accepting = { 'Accept-Encoding': 'gzip, br' };
    const { headers } = await get('/assets/a.js', accepting);
    const same = await get('/assets/a.js', { ...accepting, 'If-None-Match': String(headers.etag) });
    expect([same.status, same.headers['content-encoding'], same.headers.vary]).toEqual([
      304,
      undefined,
      'Accept-Encoding',
    ]);
    const part = await get('/assets/a.js', { ...accepting, Range: 'bytes=0-1' });
    expect([part.status, part.headers['content-encoding'], part.text]).toEqual([200, 'br', 'small as br']);
    for (const [path, more] of [
      ['/assets/a.js', { 'If-Match': '"x"' }],
      ['/assets/no.js', {}],
      ['/assets/%zz.js', {}],
      ['/x.constructor', {}],
    ] as const) {
      const refused = await get(path, { ...accepting, ...more });
      expect([path, refused.status >= 400 && refused.status < 500]).toEqual([path, true]);
      expect([path, refused.headers['content-encoding']]).toEqual([path, undefined]);
      expect(JSON.parse(refused.text)).toHaveProperty('code');
    }
  });

  it('a link whose hash was written as %23 is redirected to the page, and never to another origin', async () => {
    const redirects: [string, string][] = [
      ['/%23/invite/ABCD-efgh', '/#/invite/ABCD-efgh'],
      ['/%2523/invite/ABCD', '/#/invite/ABCD'],
      ['/%23/add/ani?fbclid=x', '/#/add/ani'],
      ['/%23/a%20b', '/#/a%20b'],
      ['/%23//evil.example/', '/#//evil.example/'],
      ['/%23/\\evil.example', '/#/\\evil.example'],
    ];
    for (const [path, location] of redirects) {
      const { status, headers } = await get(path);
      expect([path, status, headers.location]).toEqual([path, 302, location]);
      expect(new URL(headers.location ?? '', 'https://box.example').origin).toBe('https://box.example');
    }
    for (const path of ['/%23', '/%23invite', '/x/%23/invite', '//evil.example/%23/x'])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect((await get('/%23/invite/x', {}, 'POST')).status).toBe(404);
  });

  it('a browser that opens an unknown URL is redirected to the page, and a program gets a 404', async () => {
    const asPerson = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    for (const path of ['/invite/ABCD', '/chat', '/wp-login.php', '/assets/gone.js', '//evil.example']) {
      const { status, headers } = await get(path, asPerson);
      expect([path, status, headers.location]).toEqual([path, 302, '/']);
      for (const headers of [{}, { Accept: '*/*' }, { Accept: 'application/json' }]) {
        const answer = await get(path, headers);
        expect([path, answer.status, JSON.parse(answer.text).code]).toEqual([path, 404, 'NOT_FOUND']);
      }
    }
    expect((await get('/api/unknown', asPerson)).status).toBe(404);
    expect((await get('/chat', asPerson, 'POST')).status).toBe(404);
    expect((await get('/sync', asPerson)).status).toBe(401);
    expect((await get('/', asPerson)).status).toBe(200);
  });

  it('the page is served only with FRONTEND_DIR, which is refused without a build', async () => {
    await request((await startApp()).app)
      .get('/')
      .expect(404);
    await expect(startApp({ FRONTEND_DIR: join(folder, 'nothing') })).rejects.toThrow('FRONTEND_DIR');
  });
});
