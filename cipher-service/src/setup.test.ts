import { createHash, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { copyOf, emptyKeys, freshKeys, type Keys } from '../test/support/keys.ts';
import { putRsaCertificates } from '../test/support/rsa.ts';
import { CERTIFICATE_FILES } from './certificates.ts';
import { StartRefused } from './errors.ts';
import { loadIdentity } from './identity.ts';
import { keyFolderError } from './key-folder.ts';
import { lossOf, setUp } from './setup.ts';

const ALL = [
  'cipher/keyring.json',
  'cipher/ca.pem',
  'cipher/server.key.pem',
  'cipher/server.pem',
  'core/ca.pem',
  'core/client.key.pem',
  'core/client.pem',
  'core/storage.key',
  'core/token.key',
  'core/push.key',
];

let whole: Keys;
/** The keys of another box. */
let other: Keys;
const copies: Keys[] = [];

beforeAll(async () => {
  [whole, other] = await Promise.all([freshKeys(), freshKeys()]);
});
afterEach(() => {
  for (const copy of copies.splice(0)) copy.remove();
});
afterAll(() => {
  whole.remove();
  other.remove();
});

function copyWithout(...files: string[]): Keys {
  const copy = copyOf(whole);
  copies.push(copy);
  for (const file of files) rmSync(join(copy.dir, file));
  return copy;
}

/** The names in the folder of the cipher, without that of its counter. */
const namesOfCipher = (keys: Keys) =>
  readdirSync(join(keys.dir, 'cipher'))
    .filter((name) => name !== 'counter')
    .toSorted();
/** The names in a part of a complete folder. */
const namesIn = (part: string) =>
  ALL.filter((file) => file.startsWith(part))
    .map((file) => file.slice(part.length + 1))
    .toSorted();

function prints(keys: Keys, files: string[] = ALL): Record<string, string> {
  return Object.fromEntries(
    files.map((file) => [file, createHash('sha256').update(keys.read(file)).digest('hex')]),
  );
}

test('the first set-up creates all files for the owner only, and the service loads them', async () => {
  const keys = emptyKeys();
  copies.push(keys);
  expect(await setUp(keys.dir)).toEqual(ALL);
  const modes = (paths: string[]) =>
    paths.map((path) => (statSync(join(keys.dir, path)).mode & 0o777).toString(8));
  expect(modes(ALL)).toEqual(ALL.map(() => '600'));
  expect(modes(['cipher', 'cipher/counter', 'core'])).toEqual(['700', '700', '700']);
  expect([...namesOfCipher(keys), ...readdirSync(join(keys.dir, 'core'))].length).toBe(ALL.length);
  expect(keys.read('core/token.key').length).toBe(32);
  expect(keys.read('core/push.key').length).toBe(32);
  expect(keys.read('core/ca.pem')).toEqual(keys.read('cipher/ca.pem'));
  expect(loadIdentity(keys.dir).keyring.newest).toMatch(/^[0-9a-f]{16}$/);
});

test('two boxes have no key in common', () => {
  const [mine, theirs] = [prints(whole), prints(other)];
  for (const file of ALL) expect(mine[file], file).not.toBe(theirs[file]);
});

test('a second set-up creates and changes no file', async () => {
  const before = prints(whole);
  expect(await setUp(whole.dir)).toEqual([]);
  expect(prints(whole)).toEqual(before);
});

test.each(ALL.map((file, index) => [file, index] as const))(
  'a set-up interrupted before %s is completed by the next one, which keeps keyring and token key',
  async (_file, index) => {
    const [there, missing] = [ALL.slice(0, index), ALL.slice(index)];
    const keys = copyWithout(...missing);
    writeFileSync(join(keys.dir, 'cipher', 'server.key.pem.1f2e.tmp'), 'half');
    const lasting = there.filter((file) => !CERTIFICATE_FILES.includes(file));
    const before = prints(keys, lasting);
    expect(await setUp(keys.dir)).toEqual(expect.arrayContaining(missing));
    expect(prints(keys, lasting)).toEqual(before);
    expect(namesOfCipher(keys)).toEqual(namesIn('cipher'));
    expect(loadIdentity(keys.dir).keyring.newest).not.toBe('');
  },
);

test.each(['core/token.key', 'core/push.key'])('when only %s is lost, only that is created', async (file) => {
  const keys = copyWithout(file);
  const others = ALL.filter((other) => other !== file);
  const before = prints(keys, others);
  expect(await setUp(keys.dir)).toEqual([file]);
  expect(prints(keys, others)).toEqual(before);
});

test.each(CERTIFICATE_FILES)(
  'when %s is lost, all certificates are made anew and nothing else changes, because no one has the key of the CA',
  async (file) => {
    const keys = copyWithout(file);
    const others = ALL.filter((other) => !CERTIFICATE_FILES.includes(other));
    const before = prints(keys, others);
    const former = prints(whole, [...CERTIFICATE_FILES]);
    expect((await setUp(keys.dir)).toSorted()).toEqual([...CERTIFICATE_FILES].toSorted());
    for (const one of CERTIFICATE_FILES) expect(prints(keys, [one])[one], one).not.toBe(former[one]);
    expect(prints(keys, others)).toEqual(before);
    expect(loadIdentity(keys.dir).keyring.newest).not.toBe('');
  },
);

test('the key of the CA is never stored, and that of an earlier version is removed', async () => {
  const keys = copyWithout();
  writeFileSync(join(keys.dir, 'cipher/ca.key.pem'), 'key of an earlier version', { mode: 0o600 });
  const before = prints(keys);
  expect(await setUp(keys.dir)).toEqual([]);
  expect(prints(keys)).toEqual(before);
  expect(namesOfCipher(keys)).toEqual(namesIn('cipher'));
});

test('certificates of an earlier version, signed with RSA, are replaced by the whole set, and nothing else changes', async () => {
  const keys = copyWithout();
  putRsaCertificates(keys.dir);
  const others = ALL.filter((other) => !CERTIFICATE_FILES.includes(other));
  const [before, former] = [prints(keys, others), prints(keys, [...CERTIFICATE_FILES])];
  expect(loadIdentity(keys.dir).cert.toString()).toBe(keys.read('cipher/server.pem').toString());
  expect((await setUp(keys.dir)).toSorted()).toEqual([...CERTIFICATE_FILES].toSorted());
  for (const file of CERTIFICATE_FILES) {
    expect(prints(keys, [file])[file], file).not.toBe(former[file]);
    if (!file.includes('.key.'))
      expect(new X509Certificate(keys.read(file)).publicKey.asymmetricKeyType, file).toBe('ec');
  }
  expect(prints(keys, others)).toEqual(before);
  expect(loadIdentity(keys.dir).keyring.newest).not.toBe('');
  expect(await setUp(keys.dir)).toEqual([]);
});

test('new certificates that an interrupted set-up left are put in their places whole', async () => {
  const keys = copyWithout('core/client.pem');
  const set = Object.fromEntries(CERTIFICATE_FILES.map((file) => [file, other.read(file).toString()]));
  writeFileSync(join(keys.dir, 'cipher/certificates.new.json'), JSON.stringify(set), { mode: 0o600 });
  await setUp(keys.dir);
  expect(prints(keys, [...CERTIFICATE_FILES])).toEqual(prints(other, [...CERTIFICATE_FILES]));
  expect(namesOfCipher(keys)).toEqual(namesIn('cipher'));
});

test('a lost keyring is never replaced by a new one', async () => {
  const keys = copyWithout('cipher/keyring.json');
  await expect(setUp(keys.dir)).rejects.toThrow(StartRefused);
  await expect(setUp(keys.dir)).rejects.toThrow(
    /cipher\/keyring\.json is missing .* restore it from a backup/,
  );
  expect(readdirSync(join(keys.dir, 'cipher'))).not.toContain('keyring.json');
});

test('a certificate of another CA or a damaged one is named and not changed', async () => {
  for (const [bytes, sentence] of [
    [other.read('core/client.pem'), /core\/client\.pem is not of the CA in .*cipher\/ca\.pem/],
    [Buffer.from('x'), /core\/client\.pem is damaged/],
  ] as const) {
    const keys = copyWithout();
    writeFileSync(join(keys.dir, 'core/client.pem'), bytes);
    await expect(setUp(keys.dir)).rejects.toThrow(sentence);
    expect(keys.read('core/client.pem')).toEqual(bytes);
  }
});

test('two set-ups at the same time create one consistent set of keys', async () => {
  const keys = emptyKeys();
  copies.push(keys);
  const created = (await Promise.all([setUp(keys.dir), setUp(keys.dir)])).flat();
  expect(created.toSorted()).toEqual(ALL.toSorted());
  expect(loadIdentity(keys.dir).keyring.newest).not.toBe('');
});

describe('set-up beside data', () => {
  /** A data folder with these files, which set-up takes for a database. */
  function dataOf(keys: Keys, ...names: string[]): string {
    const data = join(keys.dir, 'data');
    mkdirSync(data);
    for (const name of names) writeFileSync(join(data, name), '{}');
    return data;
  }

  test('without the keyring of existing data nothing is created, and the sentence names file, folder and remedy', async () => {
    const keys = emptyKeys();
    copies.push(keys);
    const data = dataOf(keys, 'meta.json');
    await expect(setUp(join(keys.dir, 'keys'), data)).rejects.toThrow(StartRefused);
    await expect(setUp(join(keys.dir, 'keys'), data)).rejects.toThrow(
      /keys\/cipher\/keyring\.json is missing, and what .*data holds .* restore it from a backup .*DATA_DIR/,
    );
    expect(readdirSync(keys.dir)).toEqual(['data']);
  });

  test('missing files are created beside data with their keyring, and beside a db.json of the original', async () => {
    const keys = copyWithout('core/token.key');
    expect(await setUp(keys.dir, dataOf(keys, 'meta.json'))).toEqual(['core/token.key']);
    const seed = emptyKeys();
    copies.push(seed);
    expect(await setUp(join(seed.dir, 'keys'), dataOf(seed, 'db.json'))).toEqual(ALL);
  });

  test('replaced session keys are reported beside data, and nothing else is', () => {
    const keys = emptyKeys();
    copies.push(keys);
    const data = dataOf(keys, 'meta.json');
    expect(lossOf(['core/token.key', 'core/push.key'], data)).toMatch(
      /^core\/token\.key and core\/push\.key was missing .* everybody logs in again .* No message is lost\.$/,
    );
    expect(lossOf(['core/client.pem'], data)).toBeUndefined();
    expect(lossOf(ALL, join(keys.dir, 'none'))).toBeUndefined();
  });
});

describe('KEYS_DIR', () => {
  const cwd = process.cwd();
  afterEach(() => process.chdir(cwd));

  test.each([
    'k',
    './k',
    'x/keys',
    'x/y/keys/',
    'a folder with spaces/k',
    '.',
    'link',
    'link/k',
    'x/../k',
    '{full}/x//k/',
  ])(
    'KEYS_DIR written as %s is a folder of keys, which the first set-up completes and the second one finds',
    async (written) => {
      const keys = emptyKeys();
      copies.push(keys);
      mkdirSync(join(keys.dir, 'elsewhere'));
      symlinkSync(join(keys.dir, 'elsewhere'), join(keys.dir, 'link'));
      process.chdir(keys.dir);
      const path = written.replace('{full}', keys.dir);
      for (const part of ['cipher', 'core'])
        cpSync(join(whole.dir, part), join(path, part), { recursive: true });
      rmSync(join(path, 'core', 'token.key'));
      expect(await setUp(path)).toEqual(['core/token.key']);
      expect(await setUp(path)).toEqual([]);
      expect(loadIdentity(path).keyring.newest).not.toBe('');
    },
  );

  test('KEYS_DIR with other files in a key folder is refused and not changed', async () => {
    const keys = emptyKeys();
    copies.push(keys);
    mkdirSync(join(keys.dir, 'core', 'src'), { recursive: true });
    chmodSync(join(keys.dir, 'core'), 0o755);
    await expect(setUp(keys.dir)).rejects.toThrow(/^KEYS_DIR .* holds other things in .*core: set KEYS_DIR/);
    expect(statSync(join(keys.dir, 'core')).mode & 0o777).toBe(0o755);
  });

  test('KEYS_DIR that is a file, below a file or a dangling link is refused in a sentence with a remedy', async () => {
    const keys = emptyKeys();
    copies.push(keys);
    writeFileSync(join(keys.dir, 'file'), '');
    symlinkSync(join(keys.dir, 'nowhere'), join(keys.dir, 'dangling'));
    for (const name of ['file', 'file/below', 'dangling'])
      await expect(setUp(join(keys.dir, name))).rejects.toThrow(
        /^KEYS_DIR \/[^ ]* (is no folder|is a link|cannot be made).* set KEYS_DIR to another folder\.$/,
      );
  });

  test.each([
    ['EPERM', 'such as FAT or exFAT'],
    ['EROFS', 'mount its file system writable'],
    ['ENOSPC', 'make room'],
    ['EACCES', 'chown'],
    ['EWEIRD', 'cannot be used (EWEIRD)'],
  ])('the error %s of KEYS_DIR is reported in a sentence with a remedy', (code, remedy) => {
    const error = keyFolderError('/k', Object.assign(new Error(code), { code, syscall: 'link' }));
    expect(error).toBeInstanceOf(StartRefused);
    expect((error as Error).message).toMatch(/^KEYS_DIR \/k .*, or set KEYS_DIR to another folder\.$/);
    expect((error as Error).message).toContain(remedy);
  });
});
