import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Id, Message } from '../../src/wire/wire.ts';
import { databaseIn } from '../support/disk.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { type Person, post, signUpPairs } from '../support/person.ts';
import { until } from '../support/until.ts';

const [HOUR, DAY] = [3_600_000, 86_400_000];
const MESSAGES = 300;

let pair: Pair;
let ani: Person;
let budi: Person;
let conversationId: Id;
const env: Record<string, string> = {
  LOG_LEVEL: 'warn',
  NODE_OPTIONS: `--import=${new URL('../support/ahead-and-killed.ts', import.meta.url)}`,
};
beforeAll(async () => {
  pair = await startPair(env);
  const [friends] = await signUpPairs(pair.url, 'teman', 1);
  [ani, budi] = friends as [Person, Person];
  const { conversations } = (await ani.get('/sync')).body as { conversations: { id: Id }[] };
  conversationId = conversations[0]?.id ?? '';
});
afterAll(() => pair.stop());

const as = ({ token }: Person) => ({ Authorization: `Bearer ${token}` });
const ciphertexts = () => new Set(databaseIn(pair.dataDir).match(/(?<="content":")[^"]{30,}(?=")/g));

/** Uploads a file with a preview, and sends it. */
async function sendFile(): Promise<void> {
  const id = crypto.randomUUID();
  const bytes = new Uint8Array(5000).fill(7);
  const input = { id, conversationId, name: 'foto.bin', type: 'application/x-foto', size: bytes.length };
  expect((await ani.post('/attachments', input)).status).toBe(200);
  const headers = { ...as(ani), 'Content-Type': 'application/octet-stream' };
  const put = await fetch(`${pair.url}/attachments/${id}?offset=0`, { method: 'PUT', headers, body: bytes });
  expect(put.status).toBe(200);
  const sent = { senderId: ani.id, conversationId, message: 'foto', attachments: [id] };
  expect((await ani.post('/chat/send', sent)).status).toBe(200);
}
const history = async (): Promise<Message[]> =>
  (await budi.get(`/chat/history?myId=${budi.id}&conversationId=${conversationId}&limit=200`))
    .body as Message[];

it('a core that is killed again and again while it starts and empties what expired has emptied all of it before its first answer, and erases every byte', async () => {
  const send = (message: string) =>
    ani.post('/chat/send', {
      senderId: ani.id,
      conversationId,
      message,
      clientMessageId: crypto.randomUUID(),
    });
  await send('tetap ada');
  const path = `${pair.url}/conversations/${conversationId}/expiry`;
  expect((await post(path, { after: DAY / 1000 }, as(ani), 'PUT')).status).toBe(200);
  const staying = ciphertexts();
  for (let n = 0; n < MESSAGES; n += 10)
    await Promise.all(Array.from({ length: 10 }, (_, one) => send(`rahasia ${n + one}`)));
  await sendFile();
  const due = [...ciphertexts()].filter((content) => !staying.has(content));
  // Its text, the key and the metadata of the file too.
  expect(due.length).toBeGreaterThanOrEqual(MESSAGES + 3);

  // Each start counts less than a day, which is not doubted.
  env.CLOCK_AHEAD_MS = String(23 * HOUR);
  await pair.restartCore();
  expect((await send('besok')).status).toBe(200);
  env.CLOCK_AHEAD_MS = String(25 * HOUR);
  // Each start is killed a few writes later than the one before, until one is ready.
  const emptied: number[] = [];
  for (let writes = 6, isReady = false; !isReady; writes += 1) {
    env.KILL_AFTER_SYNCS = String(writes);
    isReady = await pair.restartCore(emptied.length === 0 ? 'SIGTERM' : 'SIGKILL').then(
      () => true,
      () => false,
    );
    emptied.push((databaseIn(pair.dataDir).match(/"expired":true/g) ?? []).length);
  }
  // The premise: the sweep was cut in the middle.
  expect(emptied.some((count) => count > 0 && count < MESSAGES)).toBe(true);
  delete env.KILL_AFTER_SYNCS;
  await pair.restartCore('SIGKILL');
  const rows = (await history()).filter(({ event }) => !event);
  expect(rows.filter(({ expired }) => !expired).map(({ content }) => content)).toEqual(['besok']);

  // An hour later, at the next start, the erasing checkpoint is due.
  env.CLOCK_AHEAD_MS = String(27 * HOUR);
  await pair.restartCore('SIGKILL');
  const left = () => {
    const found = databaseIn(pair.dataDir);
    return due.filter((content) => found.includes(content));
  };
  await until(async () => left().length === 0);
  expect(await readdir(join(pair.dataDir, 'attachments', conversationId))).toEqual([]);
  expect([...staying].some((content) => databaseIn(pair.dataDir).includes(content))).toBe(true);
}, 240_000);
