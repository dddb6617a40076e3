import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../test/support/until.ts';
import { createProviderFetch, ProviderAway, type ProviderFetchDeps } from './provider-fetch.ts';

const PIECE = Buffer.alloc(16 * 1024, 'x');
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const servers: { server: Server; sockets: Set<Socket> }[] = [];
const timers: NodeJS.Timeout[] = [];
afterEach(() => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** A provider that answers a request with what `answer` writes; `open` are its connections. */
async function provider(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const seen = { url: '', connections: 0, requests: 0, open: sockets };
  const server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', () => {
      seen.requests += 1;
      answer(socket);
    });
  });
  servers.push({ server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  seen.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  return seen;
}
const get = { method: 'GET', headers: {} };
const fetchOf = (more: Partial<ProviderFetchDeps> = {}) =>
  createProviderFetch({ isPrivate: true, timeoutMs: 60_000, ...more });
const every = (socket: Socket, text: string | Buffer) => {
  timers.push(setInterval(() => socket.writable && socket.write(text), 5));
};

describe('what the box asks of a provider', () => {
  it('an answer arrives with its status, type and bytes', async () => {
    const { url } = await provider((socket) => socket.end(`${HEAD}Content-Length: 2\r\n\r\n{}`));
    const answer = await fetchOf()(url, get);
    const { status, headers } = answer;
    expect([status, headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['never answers', () => undefined],
    [
      'sends headers without an end',
      (socket) => {
        socket.write(HEAD);
        every(socket, 'X-More: x\r\n');
      },
    ],
    ['sends interim answers without an end', (socket) => every(socket, 'HTTP/1.1 102 Processing\r\n\r\n')],
    [
      'sends a byte now and then',
      (socket) => {
        socket.write(`${HEAD}Content-Length: 200000\r\n\r\n`);
        every(socket, 'x');
      },
    ],
  ])(
    'a provider that %s is given up after the time limit, and its connection is closed',
    async (_, answer) => {
      const slow = await provider(answer);
      const refused = expect(fetchOf({ timeoutMs: 150 })(slow.url, get)).rejects.toThrow(/abort|timeout/i);
      await until(() => slow.requests === 1);
      await refused;
      await until(() => slow.open.size === 0);
    },
  );

  it('an answer without an end is given up at the size limit, long before the time limit', async () => {
    let written = 0;
    const endless = await provider((socket) => {
      socket.write(`${HEAD}\r\n`);
      const more = () => {
        while (socket.writable && socket.write(PIECE)) written += PIECE.length;
      };
      socket.on('drain', more);
      more();
    });
    const asked = fetchOf()(endless.url, get);
    await expect(asked).rejects.toThrow('the answer of the provider is too large');
    await expect(asked).rejects.toBeInstanceOf(ProviderAway);
    expect(written).toBeGreaterThan(256 * 1024);
    await until(() => endless.open.size === 0);
  });

  it('an answer of exactly the largest size arrives, and one byte more does not', async () => {
    const sized = (length: number) =>
      provider((socket) => socket.end(`${HEAD}Content-Length: ${length}\r\n\r\n${'x'.repeat(length)}`));
    const [fits, tooLarge] = [await sized(1000), await sized(1001)];
    const fetch = fetchOf({ maxBytes: 1000 });
    expect((await (await fetch(fits.url, get)).text()).length).toBe(1000);
    await expect(fetch(tooLarge.url, get)).rejects.toThrow('too large');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['before the answer', (socket) => socket.resetAndDestroy()],
    [
      'within the answer',
      (socket) => socket.write(`${HEAD}Content-Length: 9000\r\n\r\nx`, () => socket.resetAndDestroy()),
    ],
    ['with an end within the answer', (socket) => socket.end(`${HEAD}Content-Length: 9000\r\n\r\nx`)],
    ['after something that is not HTTP', (socket) => socket.end('220 smtp.example.org ESMTP\r\n')],
  ])('a connection that the provider cuts %s means that it is away', async (_, answer) => {
    const { url } = await provider(answer);
    await expect(fetchOf()(url, get)).rejects.toBeInstanceOf(ProviderAway);
  });

  it('a redirect is not followed', async () => {
    const inside = await provider((socket) => socket.end(`${HEAD}Content-Length: 0\r\n\r\n`));
    const head = `HTTP/1.1 302 Found\r\nLocation: ${inside.url}\r\nContent-Length: 0\r\n\r\n`;
    const outside = await provider((socket) => socket.end(head));
    expect((await fetchOf()(outside.url, get)).status).toBe(302);
    expect([outside.requests, inside.requests]).toEqual([1, 0]);
    // The premise: the place that it names answers.
    expect((await fetchOf()(inside.url, get)).status).toBe(200);
  });

  it('a resolver that never answers ends with the time limit', async () => {
    let isCancelled = false;
    const fetch = fetchOf({
      timeoutMs: 50,
      resolve: (_, signal) => {
        signal.addEventListener('abort', () => {
          isCancelled = true;
        });
        return new Promise(() => {});
      },
    });
    await expect(fetch('https://id.example.org/', get)).rejects.toBeInstanceOf(ProviderAway);
    expect(isCancelled).toBe(true);
  });

  it.each([
    ['a public provider whose name leads to this machine', false, 'https://id.example.org', ['127.0.0.1']],
    ['one whose name leads here and elsewhere', false, 'https://id.example.org', ['127.0.0.1', '8.8.8.8']],
    ['one whose name leads here by IPv6', false, 'https://id.example.org', ['::ffff:127.0.0.1']],
    ['one whose name leads into the home network', false, 'https://id.example.org', ['192.168.1.1']],
    ['one without an address', false, 'https://id.example.org', []],
    ['one named by an address of this machine', false, 'https://127.0.0.1', []],
    ['one by http', false, 'http://id.example.org', ['127.0.0.1']],
    ['one by http on this machine', false, 'http://localhost', []],
    [
      'a private one by http in the home network',
      true,
      'http://id.example.org',
      ['127.0.0.1', '192.168.1.1'],
    ],
  ])('%s is not contacted', async (_, isPrivate, origin, addresses) => {
    const target = await provider((socket) => socket.end(`${HEAD}Content-Length: 0\r\n\r\n`));
    const { port } = new URL(target.url);
    const resolve = async () => addresses;
    const asked = createProviderFetch({ isPrivate, resolve })(`${origin}:${port}/`, get);
    await expect(asked).rejects.toThrow('no address that is allowed (OIDC_HOST)');
    expect(target.connections).toBe(0);
    // The premise: a private one on this machine is contacted.
    const here = fetchOf({ resolve: async () => ['127.0.0.1'] });
    expect((await here(`http://id.example.org:${port}/`, get)).status).toBe(200);
    expect(target.connections).toBe(1);
  });
});
