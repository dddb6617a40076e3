import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Message } from '../src/wire/wire.ts';
import { runFile } from './support/command.ts';
import { type Pair, startPair } from './support/pair.ts';
import { logIn, type Person, signUpPairs } from './support/person.ts';

let pair: Pair;
let ani: Person;
let budi: Person;
let aside: string;
beforeAll(async () => {
  aside = mkdtempSync(join(tmpdir(), 'bisik-rollback-'));
  pair = await startPair();
  [[ani, budi]] = (await signUpPairs(pair.url, 'balik', 1)) as [[Person, Person]];
});
afterAll(async () => {
  await pair.stop();
  rmSync(aside, { recursive: true });
});

const send = async (message: string) =>
  expect((await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message })).status).toBe(200);
const texts = async () => {
  [ani, budi] = [await logIn(pair.url, ani.username), await logIn(pair.url, budi.username)];
  const rows = (await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`)).body as Message[];
  return rows.map(({ content }) => content);
};
/** Puts another data folder in the place of the one that is there, which gets a name. */
function swap(from: string, to: string): void {
  renameSync(pair.dataDir, join(aside, to));
  cpSync(join(aside, from), pair.dataDir, { recursive: true });
}

it('a box with the data folder of the day before refuses to start, starts with the newest again, and with the older one by command', async () => {
  await send('kemarin');
  await pair.core().stop();
  cpSync(pair.dataDir, join(aside, 'yesterday'), { recursive: true });
  await pair.restartCore();
  await send('hari ini');
  await pair.core().stop();

  swap('yesterday', 'newest');
  const refusal = /chat-core cannot start\. DATA_DIR .* is not the newest that this box wrote/;
  await expect(pair.restartCore()).rejects.toThrow(refusal);
  await expect(pair.restartCore()).rejects.toThrow(/npm run repair -- --accept-older/);
  swap('newest', 'refused');
  await pair.restartCore();
  await vi.waitFor(async () => expect(await texts()).toEqual(['kemarin', 'hari ini']), 60_000);
  await pair.core().stop();

  swap('yesterday', 'newer still');
  await expect(pair.restartCore()).rejects.toThrow(refusal);
  const env = { DATA_DIR: pair.dataDir, KEYS_DIR: pair.keysDir };
  expect(await runFile('repair', ['--yes'], env)).toMatchObject({
    code: 0,
    output: expect.stringContaining('--accept-older'),
  });
  await expect(pair.restartCore()).rejects.toThrow(refusal);
  expect(await runFile('repair', ['--accept-older', '--dry-run'], env)).toMatchObject({ code: 0 });
  await expect(pair.restartCore()).rejects.toThrow(refusal);
  expect(await runFile('repair', ['--accept-older', '--yes'], env)).toMatchObject({ code: 0 });
  await pair.restartCore();
  await vi.waitFor(async () => expect(await texts()).toEqual(['kemarin']), 60_000);
  await send('lanjut');
  await pair.core().stop();

  swap('newer still', 'accepted');
  await expect(pair.restartCore()).rejects.toThrow(/from before a restore or a repair/);
  swap('accepted', 'ended');
  await pair.restartCore();
});
