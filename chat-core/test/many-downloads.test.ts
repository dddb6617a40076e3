import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type ClientRequest, get, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { MAX_PART_BYTES } from '../src/wire/attachments.ts';
import { everythingIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUp } from './support/person.ts';

const FILE_BYTES = 16 * 2 ** 20;
/** What ten transfers may need, with room for the collector, and far less than the ten files. */
const MAX_GROWTH_MIB = 48;
const MARKER = 'tidak boleh terbaca di disk ';

let pair: Pair;
let ani: Person;
let others: Person[];
let path: string;
let bytes: Buffer;
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  pair = await startPair();
  ani = await signUp(pair.url, 'ani');
  others = [await signUp(pair.url, 'budi'), await signUp(pair.url, 'citra')];
  for (const { username } of others)
    await ani.post('/friends/add', { myId: ani.id, friendUsername: username });
  const group = await ani.post('/groups', { name: 'Keluarga', memberIds: others.map(({ id }) => id) });
  bytes = Buffer.concat([Buffer.from(MARKER.repeat(9)), randomBytes(FILE_BYTES)]).subarray(0, FILE_BYTES);
  path = await sendFile((group.body as { id: string }).id);
}, 120_000);
afterAll(async () => {
  agent.destroy();
  await pair.stop();
});

/** Sends the bytes as a file to a conversation; the path of the file. */
async function sendFile(conversationId: string): Promise<string> {
  const id = randomUUID();
  const file = { id, conversationId, name: 'film.bin', type: 'application/octet-stream', size: bytes.length };
  expect((await ani.post('/attachments', file)).status).toBe(200);
  for (let offset = 0; offset < bytes.length; offset += MAX_PART_BYTES) {
    const headers = { Authorization: `Bearer ${ani.token}`, 'Content-Type': 'application/octet-stream' };
    const url = `${pair.url}/attachments/${id}?offset=${offset}`;
    const sent = request(url, { agent, method: 'PUT', headers });
    sent.end(bytes.subarray(offset, offset + MAX_PART_BYTES));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await once(answer, 'end');
  }
  const input = { senderId: ani.id, conversationId, message: '', attachments: [id] };
  const { body } = await ani.post('/chat/send', input);
  return `/conversations/${conversationId}/messages/${(body as { seq: number }).seq}/attachments/${id}`;
}

/** Begins a download and reads only its head. */
async function begin({ token }: Person): Promise<[ClientRequest, IncomingMessage]> {
  const sent = get(pair.url + path, { agent: false, headers: { Authorization: `Bearer ${token}` } });
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return [sent, answer];
}

function rssMiB(pid = 0): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

it('ten downloads that no one reads cost little memory, and arrive whole once they are read', async () => {
  const pids = [pair.core().process.pid, pair.cipher().process.pid];
  const before = pids.map(rssMiB);
  const people = [ani, ani, ani, ani, ...others, ...others, ...others];
  const began = await Promise.all(people.map(begin));
  expect(began.map(([, answer]) => answer.statusCode)).toEqual(people.map(() => 200));

  // All sockets are full once the memory of the core stays as it is.
  let last = -1;
  await vi.waitFor(
    () => {
      const now = rssMiB(pids[0]);
      const isStill = Math.abs(now - last) < 0.5;
      last = now;
      expect(isStill).toBe(true);
    },
    { interval: 200, timeout: 20_000 },
  );
  for (const [n, pid] of pids.entries()) expect(rssMiB(pid) - (before[n] ?? 0)).toBeLessThan(MAX_GROWTH_MIB);

  // A client that goes away in the middle leaves the others alone.
  began[0]?.[0].destroy();
  const expected = createHash('sha256').update(bytes).digest('hex');
  const hashes = began.slice(1).map(async ([, answer]) => {
    const hash = createHash('sha256');
    for await (const chunk of answer) hash.update(chunk as Buffer);
    return hash.digest('hex');
  });
  expect(new Set(await Promise.all(hashes))).toEqual(new Set([expected]));
  for (const [n, pid] of pids.entries()) expect(rssMiB(pid) - (before[n] ?? 0)).toBeLessThan(MAX_GROWTH_MIB);
  expect((await ani.get('/auth/devices')).status).toBe(200);
}, 120_000);

it('nothing of a file is readable on the disk or in the logs', async () => {
  expect(bytes.includes(MARKER)).toBe(true);
  const stored = everythingIn(pair.dataDir);
  expect(stored.length).toBeGreaterThan(FILE_BYTES);
  for (const text of [stored, pair.core().log(), pair.cipher().log()]) {
    expect(text).not.toContain(MARKER);
    expect(text).not.toContain('film.bin');
  }
});
