import { createSecretKey, randomBytes, scryptSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { copyOf, emptyKeys, freshKeys, type Keys } from '../test/support/keys.ts';
import { DidNotOpen, StartRefused } from './errors.ts';
import { decryptGcm, encryptGcm, NONCE_BYTES } from './gcm.ts';
import { loadIdentity } from './identity.ts';
import { readPassphrase } from './passphrase.ts';
import { rotateDataKey, unsealKeyring } from './rotate.ts';
import { encodeFields, parseEnvelope, printEnvelope } from './seal.ts';
import { setUp } from './setup.ts';

const PASSPHRASE = Buffer.from('sembilan burung gelatik terbang');

let whole: Keys;
let keys: Keys;
beforeAll(async () => {
  whole = await freshKeys();
});
beforeEach(() => {
  keys = copyOf(whole);
});
afterEach(() => keys.remove());
afterAll(() => whole.remove());

const file = () => keys.read('cipher/keyring.json').toString();
const dataKeysIn = (text: string): { key: string }[] => JSON.parse(text).keys;

test('a set-up with a passphrase seals the keyring of a box that had none, and the keys stay the same', async () => {
  const [plain] = dataKeysIn(file());
  const { newest } = loadIdentity(keys.dir).keyring;
  expect(await setUp(keys.dir, undefined, PASSPHRASE)).toEqual([]);
  expect(file()).not.toContain(plain?.key);
  expect(file()).not.toContain(newest);
  expect(loadIdentity(keys.dir, PASSPHRASE).keyring.newest).toBe(newest);
  const sealed = file();
  await setUp(keys.dir, undefined, PASSPHRASE);
  expect(file()).toBe(sealed);
});

test('a first set-up with a passphrase never stores the keyring in the open', async () => {
  const fresh = emptyKeys();
  await setUp(fresh.dir, undefined, PASSPHRASE);
  expect(JSON.parse(fresh.read('cipher/keyring.json').toString())).toEqual({
    version: 3,
    salt: expect.any(String),
    sealed: expect.any(String),
  });
  expect(loadIdentity(fresh.dir, PASSPHRASE).keyring.newest).not.toBe('');
  fresh.remove();
});

test('a keyring that an earlier version sealed at a lower cost opens, and the next set-up seals it anew', async () => {
  const { newest } = loadIdentity(keys.dir).keyring;
  const path = join(keys.dir, 'cipher/keyring.json');
  writeFileSync(path, sealedAsVersion2(keys.read('cipher/keyring.json')));
  expect(loadIdentity(keys.dir, PASSPHRASE).keyring.newest).toBe(newest);
  await expect(setUp(keys.dir, undefined, Buffer.from('another passphrase'))).rejects.toThrow(
    /does not open with the passphrase/,
  );
  expect(JSON.parse(file()).version).toBe(2);
  await setUp(keys.dir, undefined, PASSPHRASE);
  expect(JSON.parse(file()).version).toBe(3);
  expect(loadIdentity(keys.dir, PASSPHRASE).keyring.newest).toBe(newest);
});

test('the key of a sealed keyring is scrypt with N = 2^15, r = 8, p = 3, and no lower cost opens it', async () => {
  await setUp(keys.dir, undefined, PASSPHRASE);
  const { salt, sealed } = JSON.parse(file());
  const open = (p: number) =>
    decryptGcm(scryptKey(Buffer.from(salt, 'base64'), p), parseEnvelope(sealed), encodeFields([PURPOSE]));
  expect(dataKeysIn(open(3).toString())).toHaveLength(1);
  expect(() => open(1)).toThrow(DidNotOpen);
});

const PURPOSE = 'bisik/keyring/1';

function scryptKey(salt: Buffer, p: number) {
  return createSecretKey(scryptSync(PASSPHRASE, salt, 32, { N: 2 ** 15, r: 8, p, maxmem: 2 ** 26 }));
}

/** As the version before this one sealed a keyring: scrypt with p = 1. */
function sealedAsVersion2(plain: Buffer): string {
  const salt = randomBytes(16);
  const boxed = encryptGcm(scryptKey(salt, 1), randomBytes(NONCE_BYTES), encodeFields([PURPOSE]), plain);
  return JSON.stringify({ version: 2, salt: salt.toString('base64'), sealed: printEnvelope(boxed) });
}

test('without the passphrase, with another one or with a damaged file the keyring is refused in a sentence', async () => {
  await setUp(keys.dir, undefined, PASSPHRASE);
  expect(() => loadIdentity(keys.dir)).toThrow(/keyring\.json is sealed .* KEYRING_PASSPHRASE_FILE/);
  const wrong = /does not open with the passphrase in KEYRING_PASSPHRASE_FILE/;
  expect(() => loadIdentity(keys.dir, Buffer.from('another passphrase'))).toThrow(wrong);
  const { sealed, ...rest } = JSON.parse(file());
  const bytes = Buffer.from(sealed, 'base64');
  for (const at of [0, 13, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    writeFileSync(
      join(keys.dir, 'cipher/keyring.json'),
      JSON.stringify({ ...rest, sealed: changed.toString('base64') }),
    );
    expect(() => loadIdentity(keys.dir, PASSPHRASE)).toThrow(wrong);
  }
});

test('a rotation keeps the keyring sealed, and unseal stores it in the open again', async () => {
  await setUp(keys.dir, undefined, PASSPHRASE);
  const folders = { keysDir: keys.dir, dataDir: undefined, passphrase: PASSPHRASE };
  const kid = rotateDataKey(folders);
  expect(JSON.parse(file()).version).toBe(3);
  expect(loadIdentity(keys.dir, PASSPHRASE).keyring).toMatchObject({ newest: kid });
  expect(() => rotateDataKey({ ...folders, passphrase: undefined })).toThrow(StartRefused);
  unsealKeyring(folders);
  expect(dataKeysIn(file())).toHaveLength(2);
  expect(loadIdentity(keys.dir).keyring.newest).toBe(kid);
});

test('a passphrase is the text of its file, long enough, and on another device unless that is allowed by name', () => {
  const path = join(keys.dir, 'passphrase');
  const read = (text: string, isSameDeviceAllowed = true) => {
    writeFileSync(path, text);
    return readPassphrase({ keysDir: keys.dir, passphraseFile: path, isSameDeviceAllowed })?.toString();
  };
  expect(read('sembilan burung\n')).toBe('sembilan burung');
  expect(read('sembilan burung\r\n')).toBe('sembilan burung');
  expect(read(' sembilan burung ')).toBe(' sembilan burung ');
  expect(() => read('pendek\n')).toThrow(/at least 12/);
  expect(() => read('sembilan burung', false)).toThrow(
    /on the device of the keys.*KEYRING_PASSPHRASE_SAME_DEVICE=yes/,
  );
  const missing = { keysDir: keys.dir, passphraseFile: join(keys.dir, 'none'), isSameDeviceAllowed: true };
  expect(() => readPassphrase(missing)).toThrow(/cannot be read/);
  expect(readPassphrase({ ...missing, passphraseFile: undefined })).toBeUndefined();
  // A file of another device, which every Linux has; its text is its own.
  const elsewhere = { keysDir: keys.dir, passphraseFile: '/proc/version', isSameDeviceAllowed: false };
  expect(readPassphrase(elsewhere)?.toString()).toContain('Linux');
});
