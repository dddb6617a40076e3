import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { copyOf, freshKeys, type Keys } from '../test/support/keys.ts';
import { BINDING } from '../test/support/rings.ts';
import { CERTIFICATE_FILES, rotateCertificates } from './certificates.ts';
import { loadIdentity } from './identity.ts';
import { KeyFolder } from './key-folder.ts';
import { describeKeys, removeOlderKeys, rotateDataKey, rotateTokenKey } from './rotate.ts';
import { open, seal } from './seal.ts';
import { setUp } from './setup.ts';

let whole: Keys;
let keys: Keys;
let folders: { keysDir: string; dataDir: string };

beforeAll(async () => {
  whole = await freshKeys();
});
beforeEach(() => {
  keys = copyOf(whole);
  folders = { keysDir: keys.dir, dataDir: join(keys.dir, 'data') };
  mkdirSync(folders.dataDir);
  recordSealedWith(undefined);
});
afterEach(() => keys.remove());
afterAll(() => whole.remove());

/** What the core records in the database. */
function recordSealedWith(kid: string | undefined, files = ['meta.json', 'meta.copy.json']): void {
  for (const name of files)
    writeFileSync(join(folders.dataDir, name), JSON.stringify({ version: 6, sealedWith: kid, counts: {} }));
}
const keyring = () => loadIdentity(keys.dir).keyring;

test('a new data key seals, and the older one still opens what it sealed', () => {
  const before = seal(keyring(), 'halo', BINDING);
  const kid = rotateDataKey(folders);
  expect(keyring()).toMatchObject({ newest: kid, older: [before.kid] });
  expect(seal(keyring(), 'halo', BINDING).kid).toBe(kid);
  expect(open(keyring(), before, BINDING)).toBe('halo');
  expect(statSync(join(keys.dir, 'cipher/keyring.json')).mode & 0o777).toBe(0o600);
});

test('an older data key is removed only when both copies of the database say that nothing is sealed with it', () => {
  const former = keyring().newest;
  expect(removeOlderKeys(folders)).toBe(0);
  const kid = rotateDataKey(folders);
  const refused = /may still be sealed with an older key/;
  expect(() => removeOlderKeys(folders)).toThrow(refused);
  recordSealedWith(former);
  expect(() => removeOlderKeys(folders)).toThrow(refused);
  recordSealedWith(kid, ['meta.json']);
  expect(() => removeOlderKeys(folders)).toThrow(refused);
  expect(() => removeOlderKeys({ ...folders, dataDir: join(keys.dir, 'none') })).toThrow(/no database in/);
  expect(keyring().older).toEqual([former]);
  recordSealedWith(kid);
  expect(removeOlderKeys(folders)).toBe(1);
  expect(keyring()).toMatchObject({ newest: kid, older: [] });
});

test('a second rotation of the data key is refused until the first one is finished', () => {
  const kid = rotateDataKey(folders);
  expect(() => rotateDataKey(folders)).toThrow(/not finished/);
  recordSealedWith(kid);
  expect(() => rotateDataKey(folders)).toThrow(/remove-old/);
  removeOlderKeys(folders);
  expect(rotateDataKey(folders)).not.toBe(kid);
});

test('the description names each data key with its day, and what is to be done', () => {
  expect(describeKeys(folders)).toMatch(/^[0-9a-f]{16} {2}made \d{4}-\d\d-\d\d, seals$/);
  const kid = rotateDataKey(folders, Date.UTC(2026, 10, 29));
  expect(describeKeys(folders)).toMatch(/opens only\n[0-9a-f]{16} {2}made 2026-11-29, seals\n.*Run it until/);
  recordSealedWith(kid);
  expect(describeKeys(folders)).toMatch(/remove-old removes the others/);
  for (const secret of JSON.parse(keys.read('cipher/keyring.json').toString()).keys)
    expect(describeKeys(folders)).not.toContain(secret.key);
});

test('a new token key keeps the former one beside it, or at once none', () => {
  const former = keys.read('core/token.key');
  rotateTokenKey(folders, false);
  const second = keys.read('core/token.key');
  expect(second).toHaveLength(32);
  expect(second.equals(former)).toBe(false);
  expect(keys.read('core/token.previous.key').equals(former)).toBe(true);
  rotateTokenKey(folders, false);
  expect(keys.read('core/token.previous.key').equals(second)).toBe(true);
  rotateTokenKey(folders, true);
  expect(() => keys.read('core/token.previous.key')).toThrow();
  expect(statSync(join(keys.dir, 'core/token.key')).mode & 0o777).toBe(0o600);
});

test('new certificates replace the whole set, a set-up keeps them, and the key of their CA is not stored', async () => {
  const former = CERTIFICATE_FILES.map((file) => keys.read(file).toString());
  await rotateCertificates(new KeyFolder(keys.dir));
  const rotated = CERTIFICATE_FILES.map((file) => keys.read(file).toString());
  for (const [index, text] of rotated.entries()) expect(text).not.toBe(former[index]);
  expect(await setUp(keys.dir)).toEqual([]);
  expect(CERTIFICATE_FILES.map((file) => keys.read(file).toString())).toEqual(rotated);
  expect(keyring().newest).not.toBe('');
});
