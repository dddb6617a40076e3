import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readBinaryBody, readBody } from './request-body.ts';

const LIMIT = 1024;
const BINARY = { 'Content-Type': 'application/octet-stream' };
let server: Server;
let read: (incoming: IncomingMessage) => void;
/** The outcome of each body: its bytes or value, or the code of its refusal. */
let outcomes: unknown[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  outcomes = [];
  read = () => {};
  server = createServer(async (incoming, response) => {
    const isBinary = incoming.headers['content-type'] === BINARY['Content-Type'];
    const body = isBinary
      ? readBinaryBody(incoming, response, LIMIT).then(Buffer.concat)
      : readBody(incoming, response);
    read(incoming);
    outcomes.push(await body.catch((error: { code: string; message: string }) => error));
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
});

function open(headers: Record<string, string>): ClientRequest {
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, method: 'PUT', headers });
  sent.on('error', () => {});
  sent.flushHeaders();
  return sent;
}
const reading = () =>
  new Promise<IncomingMessage>((resolve) => {
    read = resolve;
  });

it('a binary body may arrive slowly as long as something arrives every 15 seconds', async () => {
  const begun = reading();
  const sent = open({ ...BINARY, 'Content-Length': '3' });
  const incoming = await begun;
  for (const byte of ['a', 'b']) {
    await vi.advanceTimersByTimeAsync(14_900);
    sent.write(byte);
    await once(incoming, 'data');
  }
  await vi.advanceTimersByTimeAsync(14_900);
  const answered = once(sent, 'response');
  sent.end('c');
  await answered;
  expect(outcomes).toEqual([Buffer.from('abc')]);
});

it('a binary body of which nothing arrives for 15 seconds, or that takes two minutes, is refused and its connection ends', async () => {
  const begun = reading();
  const silent = open({ ...BINARY, 'Content-Length': '3' });
  await begun;
  const refused = once(silent, 'response');
  await vi.advanceTimersByTimeAsync(15_000);
  const [answer] = (await refused) as [IncomingMessage];
  expect(answer.headers.connection).toBe('close');

  const again = reading();
  const slow = open({ ...BINARY, 'Content-Length': '100' });
  const incoming = await again;
  const ended = once(slow, 'response');
  for (let n = 0; n < 12; n++) {
    slow.write('x');
    await once(incoming, 'data');
    await vi.advanceTimersByTimeAsync(10_000);
  }
  await ended;
  expect(outcomes).toMatchObject([{ code: 'REQUEST_TIMEOUT' }, { code: 'REQUEST_TIMEOUT' }]);
});

it('a JSON body that takes 15 seconds is refused, and its connection ends', async () => {
  const begun = reading();
  const sent = open({ 'Content-Type': 'application/json', 'Content-Length': '20' });
  const incoming = await begun;
  const refused = once(sent, 'response');
  await vi.advanceTimersByTimeAsync(14_000);
  sent.write('{"a":');
  await once(incoming, 'data');
  await vi.advanceTimersByTimeAsync(1000);
  const [answer] = (await refused) as [IncomingMessage];
  expect(answer.headers.connection).toBe('close');
  expect(outcomes).toMatchObject([{ code: 'REQUEST_TIMEOUT' }]);
});

it('a binary body is as long as it may be with or without a declared length, and no longer', async () => {
  for (const [length, headers] of [
    [LIMIT, { 'Content-Length': String(LIMIT) }],
    [LIMIT, {}],
    [LIMIT + 1, { 'Content-Length': String(LIMIT + 1) }],
    [LIMIT + 1, {}],
  ] as const) {
    const sent = open({ ...BINARY, ...headers });
    sent.end(Buffer.alloc(length));
    await once(sent, 'response');
  }
  expect(outcomes).toMatchObject([
    Buffer.alloc(LIMIT),
    Buffer.alloc(LIMIT),
    { code: 'BODY_TOO_LARGE', message: 'The body is larger than 1 KiB.' },
    { code: 'BODY_TOO_LARGE' },
  ]);
});

it('a binary body whose client goes away is given up', async () => {
  const begun = reading();
  const sent = open({ ...BINARY, 'Content-Length': '3' });
  await begun;
  sent.destroy();
  await vi.waitFor(() => expect(outcomes).toMatchObject([{ code: 'MALFORMED_REQUEST' }]));
});

it('a compressed binary body is refused', async () => {
  const sent = open({ ...BINARY, 'Content-Encoding': 'gzip' });
  sent.end('x');
  await once(sent, 'response');
  expect(outcomes).toMatchObject([{ code: 'UNSUPPORTED_BODY' }]);
});
