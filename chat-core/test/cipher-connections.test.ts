import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { CipherCalls } from '../src/cipher/call.ts';

const END = '\r\n\r\n';
const MAX_ANSWER_BYTES = 300_000;
const read = (...name: string[]) => readFileSync(join(inject('keysDir'), ...name));

let server: Server;
let sockets: TLSSocket[];
/** Every request as it arrived: its head and its body. */
let requests: { head: string; body: string }[];
/** Answers the requests, by default each with its own body. */
let answer: (socket: TLSSocket, body: string) => void;
let calls: CipherCalls;

beforeEach(async () => {
  [sockets, requests] = [[], []];
  answer = (socket, body) => socket.write(`${headOf(body.length)}${body}`);
  const own = { cert: read('cipher', 'server.pem'), key: read('cipher', 'server.key.pem') };
  server = createServer({ ...own, ca: read('core', 'ca.pem'), requestCert: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    let arrived = '';
    socket.on('data', (bytes: Buffer) => {
      arrived += bytes.toString('latin1');
      for (let end = arrived.indexOf(END); end >= 0; end = arrived.indexOf(END)) {
        const head = arrived.slice(0, end);
        const next = end + END.length + Number(/Content-Length: (\d+)/.exec(head)?.[1] ?? 0);
        if (arrived.length < next) return;
        const body = arrived.slice(end + END.length, next);
        requests.push({ head, body });
        arrived = arrived.slice(next);
        answer(socket, body);
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const tls = {
    ca: read('core', 'ca.pem'),
    cert: read('core', 'client.pem'),
    key: read('core', 'client.key.pem'),
    servername: 'cipher-service',
  };
  calls = new CipherCalls(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, tls, 2);
});
afterEach(() => {
  calls.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

const headOf = (length: number, more = '') => `HTTP/1.1 200 OK\r\nContent-Length: ${length}${more}${END}`;
const call = async (body: string | Buffer[], timeoutMs = 5000) => {
  const answered = await calls.call({ path: '/x', body, timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES });
  return answered.toString('latin1');
};

it('calls one after the other share a connection, and calls at once have as many as there may be', async () => {
  for (const body of ['satu', 'dua']) expect(await call(body)).toBe(body);
  expect(sockets).toHaveLength(1);
  const bodies = Array.from({ length: 6 }, (_, n) => `pesan ${n}`);
  expect(await Promise.all(bodies.map((body) => call(body)))).toEqual(bodies);
  expect(sockets).toHaveLength(2);
});

it('a body in pieces arrives as one, and an answer is the same in whatever pieces it comes', async () => {
  const pieces = Array.from({ length: 5 }, (_, n) => Buffer.alloc(50_000, `${n}`));
  const whole = Buffer.concat(pieces).toString();
  expect(await call(pieces)).toBe(whole);
  expect(requests[0]?.head).toContain('Content-Length: 250000');

  answer = async (socket, body) => {
    const text = `${headOf(body.length)}${body}`;
    for (const character of text) {
      socket.write(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  expect(await call('sepotong demi sepotong')).toBe('sepotong demi sepotong');
});

it('a refusal that ends the connection is read, though the body is not sent to its end, and the next call works', async () => {
  const echo = answer;
  answer = (socket) => socket.end(`HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close${END}`);
  await expect(call('terlalu besar')).rejects.toMatchObject({ status: 413 });
  answer = echo;
  expect(await call('lagi')).toBe('lagi');
  expect(sockets).toHaveLength(2);
});

it('a connection that the service closes between two calls is replaced', async () => {
  expect(await call('satu')).toBe('satu');
  const ended = once(sockets[0] as TLSSocket, 'close');
  sockets[0]?.end();
  await ended;
  expect(await call('dua')).toBe('dua');
});

it.each([
  ['is longer than it says', `${headOf(3)}empat`],
  ['is larger than it may be', headOf(MAX_ANSWER_BYTES + 1)],
  ['says no length', `HTTP/1.1 200 OK${END}abc`],
  ['comes in chunks', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked${END}3\r\nabc\r\n0${END}`],
  ['has a head without end', 'a'.repeat(5000)],
  ['is no HTTP', `SSH-2.0${END}`],
])('an answer that %s is an error and ends its connection', async (_, bytes) => {
  const echo = answer;
  answer = (socket) => socket.write(bytes);
  await expect(call('a')).rejects.toThrow();
  answer = echo;
  expect(await call('b')).toBe('b');
  expect(sockets).toHaveLength(2);
});

it('bytes that nothing asked for end their connection, and are not the answer to the next call', async () => {
  answer = (socket, body) => socket.write(`${headOf(body.length)}${body}${headOf(5)}palsu`);
  await call('a').catch(() => {});
  answer = (socket, body) => socket.write(`${headOf(body.length)}${body}`);
  expect(await call('b')).toBe('b');
  expect(sockets).toHaveLength(2);
});

it('calls on a connection and calls that wait for one end in time, and the next call gets a new connection', async () => {
  answer = () => {};
  const late = await Promise.allSettled([call('a', 100), call('b', 100), call('c', 50)]);
  expect(late).toMatchObject(
    late.map(() => ({
      status: 'rejected',
      reason: expect.objectContaining({ message: 'cipher-service took too long' }),
    })),
  );
  answer = (socket, body) => socket.write(`${headOf(body.length)}${body}`);
  expect(await call('d')).toBe('d');
  expect(requests.at(-1)?.body).toBe('d');
});

it('an IPv6 address, which stands in brackets in a URL, is called as any other', async () => {
  const { port } = server.address() as AddressInfo;
  const hasIPv6 = await new Promise<boolean>((resolve) => {
    const probe = createTcpServer()
      .once('error', () => resolve(false))
      .listen(port, '::1', () => probe.close(() => resolve(true)));
  });
  if (!hasIPv6) return console.warn('NOT CHECKED: this machine has no ::1.');
  const forward = createTcpServer((socket) => {
    const other = connect(port, '127.0.0.1');
    socket.pipe(other).pipe(socket);
    for (const one of [socket, other]) one.on('error', () => {});
  });
  await once(forward.listen(port, '::1'), 'listening');
  const tls = {
    ca: read('core', 'ca.pem'),
    cert: read('core', 'client.pem'),
    key: read('core', 'client.key.pem'),
    servername: 'cipher-service',
  };
  const other = new CipherCalls(`https://[::1]:${port}`, tls, 1);
  const got = await other.call({ path: '/x', body: 'halo', timeoutMs: 5000, maxAnswerBytes: 100 });
  expect(got.toString()).toBe('halo');
  other.close();
  await new Promise((resolve) => forward.close(resolve));
});
