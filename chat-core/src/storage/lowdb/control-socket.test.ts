import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { controlSealOf } from './control-seal.ts';
import { connectToOwner, requestHold, sendControlRequest } from './control-socket.ts';
import type { StorageKey } from './disk/authenticator.ts';
import { lockFolder } from './disk/lock.ts';
import { openLowdbStore } from './lowdb-store.ts';
import { storageKeyOf } from './storage-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-calls-'));
});
afterEach(() => rm(folder, { recursive: true }));

const keyOf = (byte: number) => storageKeyOf(Buffer.alloc(32, byte), false);
const target = (key?: StorageKey) => ({ folder, key });

/** What a process gets that can open the socket and sends these lines, each after so many that it received. */
async function replyTo(write: (received: string[]) => string | undefined): Promise<string[]> {
  const socket = await connectToOwner(folder);
  if (!socket) throw new Error('there is no socket');
  const received: string[] = [];
  createInterface(socket).on('line', (line) => {
    received.push(line);
    const next = write(received);
    if (next !== undefined) socket.write(`${next}\n`);
  });
  await once(socket, 'close');
  return received;
}

it('a request reaches the store that has the folder open, and its answer comes back', async () => {
  const store = await openLowdbStore(folder, {
    now: Date.now,
    answer: async (box, request) => ({ request, revision: box.revision() }),
  });
  const request = { ask: 'anything', text: 'dua\nbaris “dan” satu' };
  expect(await sendControlRequest(target(), request)).toEqual({ answer: { request, revision: 0 } });
  const many = await Promise.all([1, 2, 3].map((n) => sendControlRequest(target(), { n })));
  expect(many).toEqual([1, 2, 3].map((n) => ({ answer: { request: { n }, revision: 0 } })));
  await store.close();
  expect(await sendControlRequest(target(), request)).toBeUndefined();
});

it('a request that is refused comes back with the message of the refusal', async () => {
  const store = await openLowdbStore(folder, {
    now: Date.now,
    answer: async () => {
      throw new Error('There is no such thing.');
    },
  });
  await expect(sendControlRequest(target(), { ask: 'x' })).rejects.toThrow(/^There is no such thing\.$/);
  await store.close();
});

it('whoever can open the socket without the storage key asks for nothing and begins no hold', async () => {
  const asked: unknown[] = [];
  const store = await openLowdbStore(folder, {
    now: Date.now,
    key: keyOf(1),
    answer: async (_, request) => {
      asked.push(request);
      return { code: 'abcd-efgh' };
    },
  });
  const request = { ask: 'reset-password', username: 'ani' };
  expect(await sendControlRequest(target(keyOf(1)), request)).toEqual({ answer: { code: 'abcd-efgh' } });
  expect(asked).toEqual([request]);
  for (const line of [JSON.stringify(request), 'hold', ''])
    expect((await replyTo(({ length }) => (length === 2 ? line : undefined))).slice(2)).toEqual([
      'not of this box',
    ]);
  for (const key of [undefined, keyOf(2)])
    await expect(sendControlRequest(target(key), request)).rejects.toThrow('another storage key');
  await expect(requestHold(target(keyOf(2)))).rejects.toThrow('another storage key');
  expect(asked).toHaveLength(1);
  await store.close();
});

it('a line that was recorded asks for nothing a second time, nor does its reply answer another', async () => {
  let count = 0;
  const store = await openLowdbStore(folder, { now: Date.now, answer: async () => ++count });
  const { seal } = controlSealOf();
  let [line, challenge] = ['', ''];
  const recorded = await replyTo((received) => {
    if (received.length !== 2) return undefined;
    challenge = received[1] ?? '';
    line = seal(`request ${challenge}`, '{"ask":"invite"}');
    return line;
  });
  expect(count).toBe(1);
  expect((await replyTo(({ length }) => (length === 2 ? line : undefined))).slice(2)).toEqual([
    'not of this box',
  ]);
  expect(count).toBe(1);
  await store.close();
  // In place of the box someone else listens, who has seen an earlier reply.
  const impostor = createServer((socket) => {
    socket.on('error', () => {}).write(`name\n${challenge}\n`);
    socket.once('data', () => socket.write(`${recorded[2]}\n`));
  }).listen(join(folder, 'lock'));
  await once(impostor, 'listening');
  await expect(sendControlRequest(target(), { ask: 'invite' })).rejects.toThrow('another storage key');
  impostor.close();
});

it('a process that has the folder and answers no request is distinguished from no process', async () => {
  const busy = await openLowdbStore(folder, { now: Date.now });
  await expect(sendControlRequest(target(), {})).rejects.toThrow('Another command uses this database');
  await busy.close();
  const silent = await lockFolder(folder, (call) => call.destroy());
  await expect(sendControlRequest(target(), {})).rejects.toThrow('does not answer');
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
