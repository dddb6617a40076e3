import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newDataKey, printKeyring } from '../../cipher-service/src/keyring.ts';
import type { Message } from '../src/wire/wire.ts';
import { databaseIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { type Person, signUpPairs } from './support/person.ts';
import { until } from './support/until.ts';

let pair: Pair;
let ani: Person;
let budi: Person;
beforeAll(async () => {
  pair = await startPair({ PLAINTEXT_CACHE: 'off' });
  [[ani, budi]] = (await signUpPairs(pair.url, 'orang', 1)) as [[Person, Person]];
});
afterAll(() => pair.stop());

const send = (message: string) => ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message });
const ready = async () => (await fetch(`${pair.url}/health/ready`)).status;

it('a start with a foreign keyring fails with its path and writes nothing, and all messages are readable once the right one is back', async () => {
  await until(async () => (await send('before')).status === 200);
  const path = join(pair.keysDir, 'cipher', 'keyring.json');
  renameSync(path, `${path}.right`);
  writeFileSync(path, printKeyring([newDataKey(Date.now())]), { mode: 0o600 });
  await pair.stopCipher();
  await pair.startCipher();

  const stored = databaseIn(pair.dataDir);
  const refused = await send(`never sealed ${randomBytes(4).toString('hex')}`);
  expect([refused.status, (refused.body as { code: string }).code]).toEqual([503, 'CIPHER_UNAVAILABLE']);
  expect(databaseIn(pair.dataDir) === stored).toBe(true);
  await until(async () => (await ready()) === 503);
  expect(pair.core().log()).toContain('does not open what DATA_DIR');
  expect(pair.core().process.exitCode).toBeNull();

  await expect(pair.restartCore()).rejects.toThrow(
    /chat-core cannot start\. KEYS_DIR .*: the keyring .* does not open what DATA_DIR .* cipher\/keyring\.json .* from a backup/,
  );

  renameSync(`${path}.right`, path);
  await pair.stopCipher();
  await pair.startCipher();
  await pair.restartCore();
  await until(async () => (await ready()) === 200);
  await until(async () => (await send('after')).status === 200);
  const history = (await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}`)).body as Message[];
  expect(history.map(({ content, locked }) => [content, locked])).toEqual([
    ['before', undefined],
    ['after', undefined],
  ]);
  expect(readFileSync(path, 'utf8')).toContain('"version": 1');
});
