import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createApp } from '../src/app.ts';
import { rotateCertificates } from '../src/certificates.ts';
import { openCounter } from '../src/counter.ts';
import { loadIdentity } from '../src/identity.ts';
import { KeyFolder } from '../src/key-folder.ts';
import { rotateDataKey } from '../src/rotate.ts';
import { type Serving, serve } from '../src/serve.ts';
import { watchIdentity } from '../src/watch-identity.ts';
import type {
  EncryptAnswer,
  FileChunks,
  FileKeyAnswer,
  ResealAnswer,
  ResealItem,
  Sealed,
} from '../src/wire.ts';
import { type CoreClient, coreClient } from './support/client.ts';
import { freshKeys, type Keys } from './support/keys.ts';
import { BINDING, PROFILE } from './support/rings.ts';

let keys: Keys;
let service: Serving;
let core: CoreClient;
let endWatch: () => void;
const log: string[] = [];

beforeEach(async () => {
  keys = await freshKeys();
  log.length = 0;
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  const app = createApp(loadIdentity(keys.dir), openCounter(keys.dir), logger);
  endWatch = watchIdentity({ keysDir: keys.dir }, app.use, logger, 20);
  service = await serve(app, { port: 0, host: '127.0.0.1' });
  core = coreClient(keys, service.port);
});
afterEach(async () => {
  endWatch();
  core.end();
  await service.stop();
  keys.remove();
});

const sealOne = async (text: string, context: object): Promise<Sealed> => {
  const { body } = await core.ask({ path: '/encrypt', body: { items: [{ text, context }] } });
  const [sealed] = (body as EncryptAnswer).items;
  if (!sealed || 'error' in sealed) throw new Error('it was not sealed');
  return sealed;
};
const reseal = async (items: unknown[]): Promise<ResealAnswer['items']> =>
  ((await core.ask({ path: '/reseal', body: { items } })).body as ResealAnswer).items;
const keysNow = async () => (await core.ask({ path: '/keys' })).body as { newest: string; older: string[] };

test('a running service seals with a new data key within seconds, and says which keys it has', async () => {
  const before = await keysNow();
  expect(before.older).toEqual([]);
  const kid = rotateDataKey({ keysDir: keys.dir, dataDir: undefined });
  await vi.waitFor(
    async () => expect(await keysNow()).toEqual({ newest: kid, older: [before.newest] }),
    60_000,
  );
  expect((await sealOne('halo', BINDING)).kid).toBe(kid);
  for (const { key } of JSON.parse(keys.read('cipher/keyring.json').toString()).keys)
    expect(log.join('')).not.toContain(key);
});

test('texts and the keys of files are sealed anew and open with the same context only', async () => {
  const file = { fileId: randomUUID(), conversationId: randomUUID(), senderId: randomUUID() };
  const text = await sealOne('halo', BINDING);
  const profile = await sealOne('Sari', PROFILE);
  const { key } = (await core.ask({ path: '/file/key', body: { binding: file } })).body as FileKeyAnswer;
  const chunks: FileChunks = { key, binding: file, index: 0, isLast: true };
  const header = (value: FileChunks) => ({
    'File-Chunks': Buffer.from(JSON.stringify(value)).toString('base64url'),
  });
  const raw = Buffer.from('isi berkas');
  const sealed = (await core.ask({ path: '/file/seal', raw, headers: header(chunks) })).body as Buffer;

  const kid = rotateDataKey({ keysDir: keys.dir, dataDir: undefined });
  await vi.waitFor(async () => expect((await keysNow()).newest).toBe(kid), 60_000);
  const items: ResealItem[] = [
    { ...text, context: BINDING, isFileKey: false },
    { ...profile, context: PROFILE, isFileKey: false },
    { ...key, context: file, isFileKey: true },
  ];
  const [newText, newProfile, newKey] = (await reseal(items)) as Sealed[];
  if (!newText || !newProfile || !newKey) throw new Error('something is missing');
  for (const [index, one] of [newText, newProfile, newKey].entries()) {
    expect(one.kid).toBe(kid);
    expect(one.content).not.toBe(items[index]?.content);
  }
  const opened = await core.ask({
    path: '/decrypt',
    body: {
      items: [
        { ...newText, context: BINDING },
        { ...newProfile, context: PROFILE },
        { ...newText, context: { ...BINDING, edit: 1 } },
      ],
    },
  });
  expect(opened.body).toMatchObject({
    items: [{ text: 'halo' }, { text: 'Sari' }, { code: 'DID_NOT_OPEN' }],
  });
  const bytes = await core.ask({
    path: '/file/open',
    raw: sealed,
    headers: header({ ...chunks, key: newKey }),
  });
  expect((bytes.body as Buffer).equals(raw)).toBe(true);

  const wrong = [
    { ...text, context: { ...BINDING, edit: 1 }, isFileKey: false },
    { ...text, kid: 'unknown', context: BINDING, isFileKey: false },
    { ...key, context: file, isFileKey: false },
  ];
  for (const one of await reseal(wrong)) expect(one).toMatchObject({ code: 'DID_NOT_OPEN' });
  const malformed = [
    { ...text, context: BINDING },
    { ...text, context: BINDING, isFileKey: true },
  ];
  for (const one of await reseal(malformed)) expect(one).toMatchObject({ code: 'INVALID_ITEM' });
});

test('after new certificates the former ones open no new connection, and the service was never restarted', async () => {
  const former = coreClient(keys, service.port);
  expect((await former.ask({ path: '/health' })).status).toBe(200);
  former.end();
  const stale = coreClient(keys, service.port);
  await rotateCertificates(new KeyFolder(keys.dir));
  await vi.waitFor(async () => {
    const fresh = coreClient(keys, service.port);
    const { status } = await fresh.ask({ path: '/health' }).finally(() => fresh.end());
    expect(status).toBe(200);
  }, 60_000);
  await expect(stale.ask({ path: '/health' })).rejects.toThrow();
  stale.end();
});
