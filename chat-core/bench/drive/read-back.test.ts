import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { acknowledged, readBack } from './read-back.ts';

type Row = { id: string; seq: number };
const row = (seq: number): Row => ({ id: `m${seq}`, seq });
const rows = (count: number): Row[] => Array.from({ length: count }, (_, n) => row(n + 1));

let stop = () => {};
afterEach(() => stop());

/** A server of one history, by pages as chat-core gives them. */
async function serve(history: Row[]): Promise<number> {
  const server = createServer((request, response) => {
    const before = Number(
      new URL(request.url ?? '', 'http://x').searchParams.get('before') ?? Number.POSITIVE_INFINITY,
    );
    const page = JSON.stringify(history.filter(({ seq }) => seq < before).slice(-200));
    response.writeHead(200, { 'Content-Length': Buffer.byteLength(page) }).end(page);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  stop = () => server.closeAllConnections();
  return (server.address() as AddressInfo).port;
}

const ani = { id: 'ani', token: 't', conversationId: 'c' };
const budi = { id: 'budi', token: 't', conversationId: 'c' };

it.each([
  ['all messages are stored, over several pages', rows(450), { missing: 0, twice: 0, holes: 0 }],
  [
    'one message is missing and leaves a gap',
    rows(450).filter(({ seq }) => seq !== 300),
    { missing: 1, twice: 0, holes: 1 },
  ],
  ['the newest message is missing', rows(449), { missing: 1, twice: 0, holes: 0 }],
  [
    'one message is stored twice',
    [...rows(450), { id: 'm450', seq: 451 }],
    { missing: 0, twice: 1, holes: 0 },
  ],
])('reading back detects that %s', async (_, history, found) => {
  const port = await serve(history);
  for (const { id } of rows(450)) acknowledged.add(id);
  const read = await readBack({ kind: 'readBack', port, readers: [ani, budi] });
  expect({ ...read, holes: Math.min(read.holes, 1) }).toEqual({ acknowledged: 450, ...found });
});
