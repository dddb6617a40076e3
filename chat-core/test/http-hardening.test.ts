import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';
import { type Client, signUp } from './support/client.ts';
import { listen } from './support/listen.ts';

const CLOUDFLARED = { TRUSTED_PROXIES: '127.0.0.0/8,::1/128' };
const HTTPS = { 'X-Forwarded-Proto': 'https' };
const ID = '00000000-0000-4000-8000-000000000000';
const range = (length: number) => Array.from({ length }, (_, n) => n);

let folder: string;
let test: TestApp;
let ani: Client;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-page-'));
  const rule = { source: '/(.*)', headers: [{ key: 'X-Content-Type-Options', value: 'nosniff' }] };
  await writeFile(join(folder, 'vercel.json'), JSON.stringify({ headers: [rule] }));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Bisik</title>');
  test = await startApp({ ...CLOUDFLARED, FRONTEND_DIR: folder });
  ani = await signUp(test, 'ani');
});
afterAll(() => rm(folder, { recursive: true }));

/** The headers that every answer with content has, whatever its status. */
function expectHeaders(name: string, { status, headers }: Response): void {
  const missing = [
    /max-age=31536000; includeSubDomains/.test(headers['strict-transport-security'] ?? '') ? '' : 'HSTS',
    status === 204 || headers['x-content-type-options'] === 'nosniff' ? '' : 'nosniff',
    status === 204 || /default-src 'none'/.test(headers['content-security-policy'] ?? '') ? '' : 'CSP',
    status === 204 || headers['referrer-policy'] === 'no-referrer' ? '' : 'referrer',
    status === 204 || headers['content-type'] === 'application/json; charset=utf-8' ? '' : 'type',
    headers['cache-control'] === 'no-store' ? '' : 'no-store',
    headers['x-powered-by'] === undefined && headers.server === undefined ? '' : 'nothing of the software',
    headers['access-control-allow-origin'] === undefined ? '' : 'no CORS for strangers',
  ].filter(Boolean);
  expect([name, status, missing]).toEqual([name, status, []]);
}

describe('headers', () => {
  it('every route answers every method and every kind of caller with all security headers', async () => {
    const seen = new Set<number>();
    for (const { path, method, rate } of test.routes) {
      const filled = path.replace(/:\w+/g, ID);
      const callers: Record<string, string>[] = [
        {},
        { Authorization: `Bearer ${ani.token}` },
        { Authorization: 'Bearer a.b.c' },
      ];
      for (const [n, caller] of callers.entries()) {
        // The device of this test must stay logged in.
        if (n === 1 && /auth|delete/.test(`${path} ${method}`)) continue;
        const answer = await request(test.app)
          [method](filled)
          .set({ ...HTTPS, ...caller })
          .send(method === 'get' ? undefined : {});
        expectHeaders(`${method} ${path} ${n} ${rate}`, answer);
        seen.add(answer.status);
      }
      for (const other of ['options', 'head', 'trace', 'put'] as const) {
        const answer = await request(test.app)[other](filled).set(HTTPS);
        expectHeaders(`${other} ${path}`, answer);
        seen.add(answer.status);
      }
    }
    for (const status of [200, 204, 400, 401, 403, 404]) expect([...seen]).toContain(status);
  });

  it('refusals of all routes together have them too: of load, of limits, of hosts, of what is not there', async () => {
    let load = 0;
    const full = await startApp(
      { ...CLOUDFLARED, RATE_LIMITS: 'requests=1/60,pages=1/60' },
      { processLoad: () => load },
    );
    const get = (path: string, headers: Record<string, string> = {}) =>
      request(full.app)
        .get(path)
        .set({ ...HTTPS, ...headers });
    expect((await get('/nothing')).status).toBe(404);
    await get('/sync');
    const limited = [await get('/sync'), await get('/nothing'), await get('/sync', { Host: 'a b' })];
    load = 5;
    limited.push(await get('/sync'), await get('/nothing'), await get('/health/live'));
    expect(limited.map(({ status }) => status)).toEqual([429, 429, 400, 503, 503, 200]);
    for (const [n, answer] of limited.entries()) expectHeaders(`${n}`, answer);
  });

  it('the page and the API document have HSTS, and only when https is known', async () => {
    for (const path of ['/', '/api-docs/', '/api-docs.json', '/api-docs/swagger-ui.css']) {
      const answer = await request(test.app).get(path).set(HTTPS).expect(200);
      expect([path, answer.headers['strict-transport-security']]).toEqual([
        path,
        'max-age=31536000; includeSubDomains',
      ]);
      expect([path, answer.headers['x-content-type-options']]).toEqual([path, 'nosniff']);
      const plain = await request(test.app).get(path).expect(200);
      expect([path, plain.headers['strict-transport-security']]).toEqual([path, undefined]);
    }
    const untrusting = await startApp();
    const forged = await request(untrusting.app).get('/health/live').set(HTTPS).expect(200);
    expect(forged.headers['strict-transport-security']).toBeUndefined();
    const named = await startApp({ PUBLIC_URL: 'https://chat.example.org' });
    const own = await request(named.app).get('/health/live').set('Host', 'chat.example.org').expect(200);
    expect(own.headers['strict-transport-security']).toContain('31536000');
    const athome = await request(named.app).get('/health/live').set('Host', '192.168.1.7:8080').expect(200);
    expect(athome.headers['strict-transport-security']).toBeUndefined();
  });
});

describe('hosts', () => {
  it('a request under a name that is not this box’s is answered 421 before anything else, on every path', async () => {
    const open = await startApp({
      ALLOWED_HOSTS: 'kotak.example.net',
      PUBLIC_URL: 'https://chat.example.org',
    });
    for (const path of ['/sync', '/api/auth/login', '/api-docs/', '/nothing', '/health/live']) {
      const { status, body } = await request(open.app).get(path).set('Host', 'evil.example');
      expect([path, status, body.code]).toEqual([path, 421, 'UNKNOWN_HOST']);
    }
    for (const host of [
      'kotak.example.net',
      'chat.example.org',
      '192.168.1.7:8080',
      'localhost:8080',
      'kotak.local',
    ])
      expect([host, (await request(open.app).get('/sync').set('Host', host)).status]).toEqual([host, 401]);
  });
});

describe('limits by address', () => {
  const from = (address: string) => ({ 'CF-Connecting-IP': address });

  it('files, the API document and what is not there are limited per network, and accounts are not', async () => {
    const few = await startApp({ ...CLOUDFLARED, FRONTEND_DIR: folder, RATE_LIMITS: 'pages=4/60' });
    const budi = await signUp(few, 'budi');
    const get = async (path: string, address: string) =>
      (await request(few.app).get(path).set(from(address))).status;
    const paths = ['/', '/api-docs/', '/nothing', '/api-docs.json'];
    for (const path of paths) await get(path, '203.0.113.1');
    for (const path of paths) expect([path, await get(path, '203.0.113.1')]).toEqual([path, 429]);
    expect((await request(few.app).trace('/sync').set(from('203.0.113.1'))).status).toBe(429);
    expect(await get('/', '203.0.113.2')).toBe(200);
    const { status } = await request(few.app)
      .get('/sync')
      .set({ ...from('203.0.113.1'), Authorization: `Bearer ${budi.token}` });
    expect(status).toBe(200);
    expect(await get('/health/live', '203.0.113.1')).toBe(200);
  });

  it('preflights have a limit of their own per network: opening pages uses up none of them, and they no pages', async () => {
    const few = await startApp({ ...CLOUDFLARED, RATE_LIMITS: 'pages=2/60,preflights=3/60' });
    const preflight = async (address = '203.0.113.1') =>
      (await request(few.app).options('/sync').set(from(address))).status;
    const open = async () => (await request(few.app).get('/nothing').set(from('203.0.113.1'))).status;
    expect([await open(), await open(), await open()]).toEqual([404, 404, 429]);
    expect([await preflight(), await preflight(), await preflight()]).toEqual([204, 204, 204]);
    expect([await preflight(), await preflight('203.0.113.2')]).toEqual([429, 204]);
    const other = { ...from('203.0.113.2') };
    expect((await request(few.app).get('/nothing').set(other)).status).toBe(404);
  });

  it('rotating the addresses of one household evades no limit, and no forged header does', async () => {
    const few = await startApp({ ...CLOUDFLARED, RATE_LIMITS: 'requests=5/60' });
    const ask = async (headers: Record<string, string>) =>
      (await request(few.app).get('/sync').set(headers)).status;
    const rotated = [];
    for (const n of range(40)) rotated.push(await ask(from(`2001:db8:0:${n.toString(16)}::${n + 1}`)));
    // A request without a token is counted twice: as a request, and as one without a token.
    expect(rotated.filter((status) => status === 401).length).toBeLessThanOrEqual(5);
    expect(await ask(from('2001:db8:0:100::1'))).toBe(401);
    const forged = [];
    for (const n of range(20))
      forged.push(
        await ask({
          ...from('198.51.100.9'),
          'X-Forwarded-For': `203.0.113.${n}`,
          'X-Real-IP': `203.0.113.${n}`,
          Forwarded: `for=203.0.113.${n}`,
          'True-Client-IP': `203.0.113.${n}`,
        }),
      );
    expect(forged.filter((status) => status === 401).length).toBeLessThanOrEqual(5);
    // A stranger who writes a victim's address at home, where no proxy is trusted, takes nothing from the victim.
    const home = await startApp({ RATE_LIMITS: 'requests=5/60' });
    for (const n of range(10))
      await request(home.app)
        .get('/sync')
        .set(from(`203.0.113.${n}`));
    expect((await request(home.app).get('/sync').set(from('203.0.113.77'))).status).toBe(429);
  });
});

/** Sends raw bytes and reads until the server closes the connection, which these all make it do. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => done(answer)).on('error', () => {});
    socket.end(bytes, 'latin1');
  });
}

/** Requests whose end two servers would see at different places (RFC 9112 §11.2): each hides a second request. */
function smuggled(): string[] {
  const hidden = 'GET /health/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
  const post = (headers: string, body: string, version = '1.1') =>
    `POST /auth/login HTTP/${version}\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
  const chunked = `0\r\n\r\n${hidden}`;
  const length = `Content-Length: ${chunked.length}`;
  const codings = [
    ...[
      'chunked',
      ' chunked',
      'Chunked',
      'chunked ',
      '\tchunked',
      'chunked,',
      ',chunked',
      'chunked, chunked',
    ],
    ...[
      'identity',
      'gzip',
      'chunked, identity',
      'identity, chunked',
      'gzip, chunked',
      'xchunked',
      'chunkedx',
      '"chunked"',
    ],
    ...[
      "'chunked'",
      'chunked;x=1',
      'chunk',
      'cow',
      '',
      ' ',
      '\x0bchunked',
      '\x0cchunked',
      '\x00chunked',
      'chunked\x00',
    ],
  ];
  const names = [
    ...[
      'Transfer-Encoding',
      'transfer-encoding',
      'TRANSFER-ENCODING',
      'Transfer-Encoding ',
      ' Transfer-Encoding',
    ],
    ...['Transfer_Encoding', 'Transfer-Encoding\t', 'X: y\nTransfer-Encoding', 'X: y\rTransfer-Encoding'],
  ];
  const lengths = [
    ...[
      '+5',
      '-5',
      '5,5',
      '5, 6',
      '5 5',
      '0x5',
      '5.0',
      '٥',
      '5\x00',
      '00005',
      '1e1',
      '',
      ' ',
      '99999999999999999999999',
      '5;5',
      '"5"',
    ],
  ];
  const chunkSizes = [
    ...[
      '0x0',
      '-0',
      '+0',
      ' 0',
      '0 ',
      '0;',
      '0;x',
      '0;x="\r\n"',
      '\t0',
      'G',
      '',
      '00000000000000000000',
      'FFFFFFFFFFFFFFFFF',
    ],
    ...['0\n', '0\r', '0;\n', '0\x00', '0,0', '5\r\nabc\r\n0', '1\r\nab\r\n0', '1\r\na0'],
  ];
  return [
    // Both lengths, in both orders, under each spelling of the name.
    ...names.flatMap((name) =>
      codings.slice(0, 12).map((coding) => post(`${length}\r\n${name}: ${coding}`, chunked)),
    ),
    ...names.slice(0, 3).map((name) => post(`${name}: chunked\r\n${length}`, chunked)),
    ...codings.map((coding) => post(`Transfer-Encoding: ${coding}`, chunked)),
    ...codings.map((coding) => post(`Transfer-Encoding: ${coding}\r\nTransfer-Encoding: chunked`, chunked)),
    ...lengths.map((value) => post(`Content-Length: ${value}`, hidden)),
    ...lengths.map((value) => post(`Content-Length: 0\r\nContent-Length: ${value}`, hidden)),
    ...chunkSizes.map((size) => post('Transfer-Encoding: chunked', `${size}\r\n\r\n${hidden}`)),
    post('Transfer-Encoding: chunked', chunked, '1.0'),
    post('Connection: Content-Length\r\nContent-Length: 0', hidden),
  ];
}

describe('request smuggling', () => {
  it('of 200 crafted requests none hides a second one, and each that is malformed is answered with all headers', async () => {
    const { port, stop } = await listen(test.app);
    const crafted = smuggled();
    expect(crafted.length).toBeGreaterThanOrEqual(200);
    let refused = 0;
    for (let from = 0; from < crafted.length; from += 20) {
      const answers = await Promise.all(crafted.slice(from, from + 20).map((bytes) => raw(port, bytes)));
      for (const [n, answer] of answers.entries()) {
        const sent = JSON.stringify(crafted[from + n]);
        const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
        // A hidden request that a proxy would not have seen would get a 404 of its own after another answer. It may be
        // the second request of a body that is plainly over, and then everything before it was well-formed.
        const isAmbiguous = /transfer.encoding/i.test(sent) && /content-length/i.test(sent);
        if (isAmbiguous) expect([sent, statuses.includes(404)]).toEqual([sent, false]);
        expect([sent, statuses.every((status) => status >= 400 && status < 500)]).toEqual([sent, true]);
        if (!/"code":"MALFORMED_REQUEST"/.test(answer)) continue;
        refused += 1;
        const head = answer.toLowerCase();
        for (const header of [
          'x-content-type-options: nosniff',
          "content-security-policy: default-src 'none'",
          'cache-control: no-store',
          'referrer-policy: no-referrer',
        ])
          expect([sent, head.includes(header)]).toEqual([sent, true]);
        expect([sent, /connection: close/.test(head)]).toEqual([sent, true]);
      }
    }
    expect(refused).toBeGreaterThan(100);
    stop();
  });

  it('two Host headers, two tokens or two content types are refused, and so are TRACE and CONNECT', async () => {
    const { port, stop } = await listen(test.app);
    const end = 'Connection: close\r\n\r\n';
    const token = `Authorization: Bearer ${ani.token}`;
    const cases: [string, number][] = [
      [`GET /sync HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n${token}\r\n${end}`, 400],
      [`GET /sync HTTP/1.1\r\nHost: localhost\r\n${token}\r\n${token}\r\n${end}`, 401],
      [`GET http://evil.example/sync HTTP/1.1\r\nHost: localhost\r\n${token}\r\n${end}`, 400],
      [
        `POST /chat/typing HTTP/1.1\r\nHost: x\r\n${token}\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n${end}{}`,
        415,
      ],
      [`TRACE / HTTP/1.1\r\nHost: x\r\n${token}\r\n${end}`, 404],
      [`TRACE /sync HTTP/1.1\r\nHost: x\r\n${token}\r\n${end}`, 405],
      [`CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n${end}`, 405],
    ];
    for (const [bytes, status] of cases) {
      const answer = await raw(port, bytes);
      expect([bytes, answer.split(' ')[1]]).toEqual([bytes, String(status)]);
      expect(answer).not.toContain(ani.token);
    }
    stop();
  });
});
