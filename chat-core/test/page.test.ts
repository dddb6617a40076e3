import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, request as send } from 'node:http';
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
  await writeFile(join(folder, '.built-from'), 'stamp');
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

/** A GET with the path exactly as written: other clients tidy it up first. */
function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((done, fail) => {
    send({ port, path, headers }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      done({ status: answer.statusCode ?? 0, text });
    })
      .on('error', fail)
      .end();
  });
}

describe('the page served by chat-core', () => {
  it('comes with the headers its build wrote for the CDN', async () => {
    const page = await request(test.app).get('/').expect(200);
    expect(page.text).toContain('Bisik');
    expect(page.headers['content-security-policy']).toBe("default-src 'none'");
    expect(page.headers['cache-control']).toBeUndefined();
    const missing = await request(test.app).get('/assets/no.js').expect(404);
    expect(missing.body.code).toBe('NOT_FOUND');
  });

  it('hides dot files and what lies above it, and leaves the API alone', async () => {
    expect(await readFile(join(folder, '..', above), 'utf8')).toBe('above');
    const paths = [
      '/.built-from',
      `/../${above}`,
      `/%2e%2e/${above}`,
      `/..%2f${above}`,
      `/assets/../../${above}`,
    ];
    for (const path of paths) {
      const { status, text } = await get(path);
      expect([path, status >= 400 && status < 500, text.includes('above')]).toEqual([path, true, false]);
    }
    const live = await request(test.app).get('/health/live').expect(200);
    expect(live.headers['content-security-policy']).toContain('frame-ancestors');
  });

  it('answers impossible ranges and preconditions with a 4xx, and with nothing of the file', async () => {
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

  it('is asked for by the variable alone, which is refused without a build', async () => {
    await request((await startApp()).app)
      .get('/')
      .expect(404);
    await expect(startApp({ FRONTEND_DIR: join(folder, 'nothing') })).rejects.toThrow('FRONTEND_DIR');
  });
});
