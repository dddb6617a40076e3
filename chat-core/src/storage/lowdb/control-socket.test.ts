import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectToOwner, sendControlRequest } from './control-socket.ts';
import { lockFolder } from './disk/lock.ts';
import { openLowdbStore } from './lowdb-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-calls-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('a request reaches the store that has the folder open, and its answer comes back', async () => {
  const store = await openLowdbStore(folder, {
    now: Date.now,
    answer: async (box, request) => ({ request, revision: box.revision() }),
  });
  const request = { ask: 'anything', text: 'dua\nbaris “dan” satu' };
  expect(await sendControlRequest(folder, request)).toEqual({ answer: { request, revision: 0 } });
  const many = await Promise.all([1, 2, 3].map((n) => sendControlRequest(folder, { n })));
  expect(many).toEqual([1, 2, 3].map((n) => ({ answer: { request: { n }, revision: 0 } })));
  await store.close();
  expect(await sendControlRequest(folder, request)).toBeUndefined();
});

it('a request that is refused comes back with the message of the refusal', async () => {
  const store = await openLowdbStore(folder, {
    now: Date.now,
    answer: async () => {
      throw new Error('There is no such thing.');
    },
  });
  await expect(sendControlRequest(folder, { ask: 'x' })).rejects.toThrow(/^There is no such thing\.$/);
  const call = await connectToOwner(folder);
  let text = '';
  call?.on('data', (chunk) => {
    text += chunk.toString();
  });
  call?.write('no JSON\n');
  await new Promise((closed) => call?.on('close', closed));
  expect(text).toMatch(/^\{"refused":".*JSON/);
  await store.close();
});

it('a process that has the folder and answers no request is distinguished from no process', async () => {
  const busy = await openLowdbStore(folder, { now: Date.now });
  await expect(sendControlRequest(folder, {})).rejects.toThrow('Another command uses this database');
  await busy.close();
  const silent = await lockFolder(folder, (call) => call.destroy());
  await expect(sendControlRequest(folder, {})).rejects.toThrow('does not answer');
  await silent.release();
});

it('a request that is longer than the limit is cut off', async () => {
  const store = await openLowdbStore(folder, { now: Date.now, answer: async () => ({}) });
  const call = await connectToOwner(folder);
  call?.resume();
  const closed = new Promise((done) => call?.on('close', done));
  call?.write('x'.repeat(200_000));
  await closed;
  await store.close();
});

it('a process that has the folder and hangs is reported in a sentence after a timeout', async () => {
  // It accepts the connection and never greets, like a stopped process.
  const silent = createServer().listen(join(folder, 'lock'));
  await once(silent, 'listening');
  await expect(connectToOwner(folder, 50)).rejects.toThrow(
    /^The process that uses .* does not answer: it hangs/,
  );
  silent.close();
});
