import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pair, startPair } from './support/pair.ts';

const PAGE = 'https://chat.example.org';
let pair: Pair;
beforeAll(async () => {
  pair = await startPair({ CORS_ORIGINS: `${PAGE},http://localhost:5173` });
});
afterAll(() => pair.stop());

/** Sends raw bytes and reads until the server closes the connection. */
function raw(bytes: string | Buffer): Promise<string> {
  return new Promise((done) => {
    const socket = connect(Number(new URL(pair.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => done(answer));
    socket.on('error', () => {});
    socket.write(bytes);
  });
}

describe('invalid HTTP', () => {
  it.each([
    ['garbage for a request line', '\x16\x03\x01\x02\x00 garbage\r\n\r\n', 400],
    [
      'both Content-Length and Transfer-Encoding',
      'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'two content lengths',
      'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd',
      400,
    ],
    ['no Host header', 'GET /health/live HTTP/1.1\r\n\r\n', 400],
    ['a header with a bare line feed', 'GET /health/live HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n', 400],
    ['endless headers', `GET /health/live HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}`, 431],
  ])('a request with %s is refused, and its connection is closed', async (_, bytes, status) => {
    const answer = await raw(bytes);
    expect(answer.split(' ')[1]).toBe(String(status));
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).not.toMatch(/\n\s+at /);
  });

  it('TRACE and unknown methods are refused', async () => {
    for (const method of ['TRACE', 'DELETE', 'PROPFIND']) {
      const answer = await raw(`${method} /sync HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect([method, answer.split(' ')[1]]).toEqual([method, '405']);
    }
  });

  it('a path that does not decode, or is too deep, gets a 4xx', async () => {
    for (const path of [
      '/friends/%E0%A4%A',
      '/friends/%ff',
      '/%2e%2e/%2e%2e/etc/passwd',
      `/${'a/'.repeat(2000)}`,
    ]) {
      const { status } = await fetch(pair.url + path, { headers: { Authorization: 'Bearer a.b.c' } });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  });
});

describe('other origins', () => {
  const preflight = (origin: string) =>
    fetch(`${pair.url}/api/sync`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'authorization,last-event-id',
      },
    });

  it('an origin in CORS_ORIGINS may read answers, with one preflight for two hours', async () => {
    const { status, headers } = await preflight(PAGE);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(headers.get('access-control-max-age')).toBe('7200');
    expect(headers.get('access-control-allow-headers')?.toLowerCase()).toContain('last-event-id');
    const answer = await fetch(`${pair.url}/api/sync`, { headers: { Origin: PAGE } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('access-control-expose-headers')).toContain('Poll-After-Ms');
    expect(answer.headers.get('vary')).toContain('Origin');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each([
    'https://chat.example.org.evil.example',
    'http://chat.example.org',
    'null',
    'https://CHAT.example.org',
  ])('the origin %s may not read answers', async (origin) => {
    expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('another origin cannot make a browser write without a preflight', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const { status } = await fetch(`${pair.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': type },
        body: '{"username":"a","password":"b"}',
      });
      expect(status).toBe(415);
    }
  });
});
