import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { slowAnswers } from './support/slow-answers.ts';
import { until } from './support/until.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Starts a server that counts POST requests; returns a client that gets the count. */
async function startCounter() {
  let count = 0;
  const server = createServer((request, response) => {
    if (request.method === 'POST') count += 1;
    response.end(String(count));
  }).listen(0, '127.0.0.1');
  closing.push(() => server.close().closeAllConnections());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return async (method: string) => (await fetch(url, { method })).text();
}

it.each([
  [[0, 1], '1,1'],
  [[1, 0], '1,0'],
])(
  'slow answers let two concurrent requests arrive in the order %j, which exposes a race',
  async (order, counts) => {
    const ask = await startCounter();
    const waiting: { work: () => void; ms: number }[] = [];
    const schedule = (work: () => void, ms: number) => waiting.push({ work, ms });
    closing.push(slowAnswers(300, schedule, () => 1));
    // The race: a client that adds one and reads the count assumes that it sees its own.
    const added = ask('POST');
    await until(() => waiting.length === 1);
    const count = ask('GET');
    await until(() => waiting.length === 2);
    expect(waiting.map(({ ms }) => ms)).toEqual([150, 150]);
    const arrived = waiting.splice(0);
    for (const index of order) arrived[index]?.work();
    for (const { work } of waiting.splice(0).toReversed()) work();
    expect([await added, await count].join()).toBe(counts);
  },
);
