import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { rotateCertificates } from '../../cipher-service/src/certificates.ts';
import { KeyFolder } from '../../cipher-service/src/key-folder.ts';
import { removeOlderKeys, rotateDataKey, rotateTokenKey } from '../../cipher-service/src/rotate.ts';
import { setUp } from '../../cipher-service/src/setup.ts';
import { putRsaCertificates } from '../../cipher-service/test/support/rsa.ts';
import { openCipher } from '../src/cipher/client.ts';
import { createLog } from '../src/log.ts';
import { resealInBackground } from '../src/resealing/background.ts';
import { openLowdbStore } from '../src/storage/lowdb/lowdb-store.ts';
import { readStorageKey } from '../src/storage/lowdb/storage-key.ts';
import type { Message } from '../src/wire/wire.ts';
import { everythingIn } from './support/disk.ts';
import { type Pair, startPair } from './support/pair.ts';
import { ask, logIn, type Person, signUpPairs } from './support/person.ts';
import { bytesOf, upload } from './support/uploads.ts';

let pair: Pair;
let ani: Person;
let budi: Person;
/** A rotation may have ended the sessions. */
const logInBoth = async () => {
  [ani, budi] = [await logIn(pair.url, ani.username), await logIn(pair.url, budi.username)];
};
const folders = () => ({ keysDir: pair.keysDir, dataDir: pair.dataDir });

beforeAll(async () => {
  pair = await startPair({ PLAINTEXT_CACHE: 'off' });
  [[ani, budi]] = (await signUpPairs(pair.url, 'kunci', 1)) as [[Person, Person]];
});
beforeEach(logInBoth);
afterAll(() => pair.stop());

const send = async (message: string, more: object = {}): Promise<Message> => {
  const { status, body } = await ani.post('/chat/send', {
    senderId: ani.id,
    receiverId: budi.id,
    message,
    ...more,
  });
  expect(status).toBe(200);
  return body as Message;
};
const history = async (): Promise<Message[]> =>
  (await budi.get(`/chat/history?myId=${budi.id}&friendId=${ani.id}&limit=200`)).body as Message[];
/** The client with which the helpers of files upload. */
const uploader = () => ({
  post: async (path: string, body: unknown) =>
    (await ani.post(path, body)) as { status: number; body: unknown },
  put: async (path: string, bytes: Buffer) => {
    const headers = { 'Content-Type': 'application/octet-stream', Authorization: `Bearer ${ani.token}` };
    const { status, body } = await ask(pair.url + path, {
      method: 'PUT',
      headers,
      body: new Uint8Array(bytes),
    });
    return { status, body };
  },
});

it('new certificates and a new token key come into use while people write, and no one is logged out', async () => {
  await send('sebelum');
  await rotateCertificates(new KeyFolder(pair.keysDir));
  rotateTokenKey(folders(), false);
  await vi.waitFor(() => {
    for (const service of [pair.core(), pair.cipher()])
      expect(service.log()).toContain('the changed keys are in use');
    expect(pair.core().log()).toContain('token.previous.key');
  }, 60_000);
  // The connection that was open goes on; after a restart of the cipher a new one is made.
  await pair.stopCipher();
  await pair.startCipher();
  await vi.waitFor(async () => expect((await ani.get('/health/ready')).status).toBe(200), 60_000);
  await send('sesudah');
  expect((await history()).slice(-2).map(({ content }) => content)).toEqual(['sebelum', 'sesudah']);
  rotateTokenKey(folders(), true);
  await vi.waitFor(async () => expect((await ani.get('/auth/devices')).status).toBe(401), 60_000);
});

it('certificates with RSA of an earlier version give way to ECDSA while people write, on both services at once', async () => {
  await Promise.all([pair.core().stop(), pair.cipher().stop()]);
  putRsaCertificates(pair.keysDir);
  await pair.startCipher();
  await pair.restartCore();
  const typeOf = (file: string) =>
    new X509Certificate(readFileSync(join(pair.keysDir, file))).publicKey.asymmetricKeyType;
  expect([typeOf('cipher/server.pem'), typeOf('core/client.pem')]).toEqual(['rsa', 'rsa']);
  await logInBoth();
  let isDone = false;
  const statuses = new Set<number>();
  const writing = (async () => {
    for (let n = 0; !isDone; n++) {
      const input = { senderId: ani.id, receiverId: budi.id, message: `sambil menulis ${n}` };
      statuses.add((await ani.post('/chat/send', input)).status);
    }
  })();
  await setUp(pair.keysDir, pair.dataDir);
  expect([typeOf('cipher/server.pem'), typeOf('core/client.pem')]).toEqual(['ec', 'ec']);
  await vi.waitFor(() => {
    for (const service of [pair.core(), pair.cipher()])
      expect(service.log()).toContain('the changed keys are in use');
  }, 60_000);
  isDone = true;
  await writing;
  expect([...statuses]).toEqual([200]);
  // New connections are made with the new certificates alone.
  await pair.stopCipher();
  await pair.startCipher();
  await vi.waitFor(async () => expect((await ani.get('/health/ready')).status).toBe(200), 60_000);
  await send('dengan ECDSA');
});

it('after a rotation of the data key nothing on the disk needs the older one, though the work was cut off twice', async () => {
  const bytes = bytesOf(70_000);
  const conversationId = (await send('awal')).conversationId;
  const { id } = await upload(uploader() as never, conversationId, bytes);
  const withFile = await send('lihat', { attachments: [id] });
  for (let n = 0; n < 130; n++) await send(`pesan ${n}`);
  expect((await ani.patch('/me', { displayName: 'Ani Kunci' })).status).toBe(200);
  const before = await history();

  const [former] = JSON.parse(readFileSync(join(pair.keysDir, 'cipher/keyring.json'), 'utf8')).keys;
  const kid = rotateDataKey(folders());
  await vi.waitFor(() => expect(pair.cipher().log()).toContain(kid), 60_000);
  await pair.core().stop();
  // In this process, so that it need not wait for requests that are at work.
  const port = pair.cipher().port;
  for (const isCut of [true, true, false]) {
    const store = await openLowdbStore(pair.dataDir, {
      now: Date.now,
      key: readStorageKey(pair.keysDir),
    });
    const cipher = openCipher(`https://127.0.0.1:${port}`, pair.keysDir, createLog('silent'));
    let calls = 0;
    const second = Promise.withResolvers<void>();
    const counted = {
      keys: cipher.keys,
      resealMany: (...of: Parameters<typeof cipher.resealMany>) => {
        calls += 1;
        if (calls === 2) second.resolve();
        return cipher.resealMany(...of);
      },
    };
    const end = resealInBackground(
      { store, cipher: counted, log: createLog('silent') },
      { checkMs: 1000, settleMs: 0 },
    );
    if (isCut) await second.promise;
    else await vi.waitFor(() => expect(store.sealedWith()).toBe(kid), 120_000);
    end();
    await store.checkpoint('all');
    await store.close();
    if (isCut) expect(() => removeOlderKeys(folders())).toThrow(/may still be sealed/);
    cipher.close();
  }
  expect(removeOlderKeys(folders())).toBe(1);
  await pair.stopCipher();
  await pair.startCipher();
  await pair.restartCore();

  expect(await history()).toEqual(before);
  const path = `/conversations/${conversationId}/messages/${withFile.seq}/attachments/${id}`;
  const file = await fetch(pair.url + path, { headers: { Authorization: `Bearer ${ani.token}` } });
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  expect((await ani.poll()).body).toMatchObject({ me: { displayName: 'Ani Kunci' } });
  const pages = readdirSync(join(pair.dataDir, 'messages'), { recursive: true, encoding: 'utf8' });
  expect(pages.length).toBeGreaterThan(0);
  for (const folder of ['messages', 'users', 'conversations'])
    expect(everythingIn(join(pair.dataDir, folder)), folder).not.toContain(former.kid);
});
