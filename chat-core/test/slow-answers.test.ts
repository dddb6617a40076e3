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

/** Asks a server that counts. */
async function plant() {
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
  'slow answers find a race that is planted: two requests at once, heard in the order %j',
  async (order, counts) => {
    const ask = await plant();
    const waiting: { work: () => void; ms: number }[] = [];
    const later = (work: () => void, ms: number) => waiting.push({ work, ms });
    closing.push(slowAnswers(300, later, () => 1));
    // Whoever adds one and then looks takes it for granted to see it.
    const added = ask('POST');
    await until(() => waiting.length === 1);
    const looked = ask('GET');
    await until(() => waiting.length === 2);
    expect(waiting.map(({ ms }) => ms)).toEqual([150, 150]);
    const heard = waiting.splice(0);
    for (const at of order) heard[at]?.work();
    for (const { work } of waiting.splice(0).toReversed()) work();
    expect([await added, await looked].join()).toBe(counts);
  },
);
