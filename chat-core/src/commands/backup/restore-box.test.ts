import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { generateX25519Identity } from 'age-encryption';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LowdbStore, openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { sealFor } from './age-seal.ts';
import { holdData } from './backup-hold.ts';
import { makeRecoveryKey, readRecipient } from './recovery-key.ts';
import { restoreBackup, tryBackup } from './restore-box.ts';
import { type BackupOf, writeBackupFile } from './write-backup.ts';

const now = () => 1_700_000_000_000;
const quiet = { replace: false, onBytes: () => {} };
const person = (id: string) => ({
  id,
  username: id,
  password: 'h',
  contacts: [],
  tokenVersion: 0,
  devices: [],
});
const INVITE = { id: 'i', hash: 'h', by: 'ani', uses: 3, used: 1, createdAt: 1, expiresAt: 9 };
const PICTURE = {
  userId: 'ani',
  id: 'p1',
  edit: 1,
  pieces: [{ v: 1 as const, kid: 'k1', content: 'sealed' }],
};
const send = (store: LowdbStore, n: number) =>
  store.transact((tx) =>
    tx.appendMessage({
      id: `m${n}`,
      conversationId: 'ani-budi',
      senderId: 'ani',
      content: `sealed ${n}`.padEnd(120, '.'),
      timestamp: n,
      v: 1,
      kid: 'k1',
    }),
  );

let folder: string;
let of: BackupOf;
let identity: string;
let store: LowdbStore;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-backup-'));
  of = { dataDir: join(folder, 'data'), keysDir: join(folder, 'keys'), recipient: '' };
  file = join(folder, 'box.age');
  for (const part of ['cipher', 'core'])
    await mkdir(join(of.keysDir, part), { recursive: true, mode: 0o700 });
  await writeFile(join(of.keysDir, 'cipher', 'keyring.json'), '{"keys":[]}');
  await writeFile(join(of.keysDir, 'core', 'token.key'), 'token');
  identity = await makeRecoveryKey(of.keysDir);
  of.recipient = (await readRecipient(of.keysDir)) ?? '';
  store = await openLowdbStore(of.dataDir, { now, fileBytes: 32 * 1024 });
  await store.transact(async (tx) => {
    for (const id of ['ani', 'budi']) await tx.saveAccount(person(id));
    await tx.befriend('ani', 'budi', 'ani-budi');
    await tx.saveInvite(INVITE);
    const named = { edit: 1, picture: { id: PICTURE.id, edit: 1 } };
    await tx.saveProfile('ani', named, { isShown: true, picture: PICTURE });
  });
  await Promise.all(range(300).map((n) => send(store, n)));
  await store.checkpoint();
  await Promise.all(range(100).map((n) => send(store, 300 + n)));
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const restore = (key = identity) => restoreBackup({ ...of, file, identity: key });
const reopen = async () => {
  store = await openLowdbStore(of.dataDir, { now, fileBytes: 32 * 1024 });
};
const seqs = async () => (await store.messages('ani-budi', { limit: 1000 })).map(({ seq }) => seq);
const range = (to: number) => Array.from({ length: to }, (_, n) => n + 1);
const everything = async () => (await readdir(folder, { recursive: true })).sort();

describe('a backup', () => {
  it('of a running box holds what was there when it began, and is its owner’s alone', async () => {
    const { manifest, size } = await writeBackupFile(of, file, {
      replace: false,
      onBytes: () => {
        void send(store, 1000 + Math.random());
        void store.checkpoint();
      },
    });
    expect(manifest.revision).toBe(401);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(file)).size).toBe(size);
    await store.close();
    // The premise: the box went on.
    await reopen();
    expect((await seqs()).length).toBeGreaterThan(400);
    await store.close();
    await restore();
    await reopen();
    expect(await seqs()).toEqual(range(400));
    expect((await send(store, 401)).seq).toBe(401);
  });

  it('of a box that stands still on a disk that cannot be written is refused in a sentence', async () => {
    const readOnly = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
    const open = async () => {
      throw readOnly;
    };
    await store.close();
    await expect(holdData(of.dataDir, open)).rejects.toThrow('start the box first');
  });

  it('of a stopped box takes the box for itself', async () => {
    await store.close();
    const { manifest } = await writeBackupFile(of, file, quiet);
    expect(manifest.revision).toBe(401);
    expect(await readdir(of.dataDir)).not.toContain('lock');
  });

  it('shows nothing of what is in it, and names no file', async () => {
    await writeBackupFile(of, file, quiet);
    const sealed = (await readFile(file)).toString('latin1');
    expect(sealed.startsWith('age-encryption.org/v1\n-> X25519 ')).toBe(true);
    for (const word of ['keyring', 'sealed 1', 'manifest', 'ani-budi']) expect(sealed).not.toContain(word);
  });

  it('replaces no file unless told to, and leaves none half written', async () => {
    await writeFile(file, 'older');
    await expect(writeBackupFile(of, file, quiet)).rejects.toThrow('--force');
    expect(await readFile(file, 'utf8')).toBe('older');
    await writeBackupFile(of, file, { ...quiet, replace: true });
    expect((await stat(file)).size).toBeGreaterThan(1000);
    await rm(join(of.keysDir, 'cipher', 'keyring.json'));
    await expect(writeBackupFile(of, join(folder, 'b.age'), quiet)).rejects.toThrow('keyring.json');
    await expect(writeBackupFile({ ...of, dataDir: folder }, file, quiet)).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.startsWith('b'))).toEqual(['box.age']);
  });

  it('fails when the box lets go of the hold meanwhile', async () => {
    // Long enough for the news of it to come before the end.
    await writeFile(join(of.keysDir, 'core', 'token.key'), randomBytes(8 * 2 ** 20));
    let stopping: Promise<void> | undefined;
    const taken = writeBackupFile(of, file, {
      replace: false,
      onBytes: () => {
        stopping ??= store.close();
      },
    });
    await expect(taken).rejects.toThrow('make the backup again');
    await stopping;
    expect(await readdir(folder)).not.toContain('box.age');
  });
});

describe('a restore', () => {
  beforeEach(async () => {
    await writeBackupFile(of, file, quiet);
    await store.close();
  });

  it('puts back data and keys under a new epoch, and keeps what was there', async () => {
    await reopen();
    expect(await store.picture('ani')).toEqual(PICTURE);
    const { epoch } = store;
    await send(store, 401);
    await store.close();
    await writeFile(join(of.keysDir, 'cipher', 'keyring.json'), 'other');
    const { aside } = await restore();
    await reopen();
    expect(await seqs()).toEqual(range(400));
    expect(await store.invites()).toEqual([INVITE]);
    expect(store.epoch).not.toBe(epoch);
    expect(await readFile(join(of.keysDir, 'cipher', 'keyring.json'), 'utf8')).toBe('{"keys":[]}');
    const [cipher = '', , data = ''] = aside;
    expect(await readFile(join(cipher, 'keyring.json'), 'utf8')).toBe('other');
    await store.close();
    store = await openLowdbStore(data, { now });
    expect([store.epoch, store.revision()]).toEqual([epoch, 402]);
  });

  it('goes into empty folders, as on a new machine', async () => {
    const elsewhere = { dataDir: join(folder, 'new', 'data'), keysDir: join(folder, 'new', 'keys') };
    const { aside } = await restoreBackup({ ...elsewhere, file, identity });
    expect(aside).toEqual([]);
    store = await openLowdbStore(elsewhere.dataDir, { now });
    expect(await seqs()).toEqual(range(400));
    expect(await readFile(join(elsewhere.keysDir, 'core', 'token.key'), 'utf8')).toBe('token');
  });

  it('of a box that runs is refused, and only looking is not', async () => {
    await reopen();
    await expect(restore()).rejects.toThrow('Another process uses');
    const before = await everything();
    expect((await tryBackup({ ...of, file, identity })).revision).toBe(401);
    expect(await everything()).toEqual(before);
  });

  it('with another key, or none, replaces nothing', async () => {
    const before = await everything();
    await expect(restore(await generateX25519Identity())).rejects.toThrow('does not open this backup');
    await expect(restore('')).rejects.toThrow('This is no recovery key');
    await expect(restore(identity.toLowerCase().slice(1))).rejects.toThrow('This is no recovery key');
    expect(await everything()).toEqual(before);
  });

  it('of a file that was altered anywhere, cut off or lengthened replaces nothing', async () => {
    const whole = await readFile(file);
    const before = await everything();
    const places = [
      0,
      30,
      60,
      120,
      160,
      200,
      230,
      1000,
      whole.length >> 1,
      whole.length - 20,
      whole.length - 1,
    ];
    const altered = places.map((at) => {
      const copy = Buffer.from(whole);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    });
    const cut = [0, 100, 230, whole.length >> 1, whole.length - 1].map((at) => whole.subarray(0, at));
    for (const bytes of [...altered, ...cut, Buffer.concat([whole, Buffer.of(0)])]) {
      await writeFile(file, bytes);
      await expect(restore()).rejects.toThrow(/backup|recovery key/);
    }
    expect(await everything()).toEqual(before);
    // The premise: nothing but the alterations stood in the way.
    await writeFile(file, whole);
    await restore();
  });

  it('that was cut off keeps the box from starting until it is done again', async () => {
    await writeFile(join(of.dataDir, 'restoring'), '');
    await expect(openLowdbStore(of.dataDir, { now })).rejects.toThrow('A restore of');
    await restore();
    await reopen();
    expect(await seqs()).toEqual(range(400));
  });

  describe('of a file sealed by somebody else', () => {
    const sum = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const entry = (path: string, text = '') => {
      const header = new Header({ path, size: text.length, type: 'File', mode: 0o600 });
      header.encode();
      const bytes = Buffer.from(text);
      return Buffer.concat([
        header.block ?? Buffer.alloc(0),
        bytes,
        Buffer.alloc((512 - (bytes.length % 512)) % 512),
      ]);
    };
    const forge = async (
      listed: { name: string; sha256?: string }[],
      entries: Buffer[],
      end = Buffer.alloc(1024),
    ) => {
      const files = listed.map((one) => ({ size: 0, sha256: sum, ...one }));
      const manifest = JSON.stringify({ format: 1, created: 0, revision: 0, epoch: 'e', files });
      const archive = Buffer.concat([entry('manifest.json', manifest), ...entries, end]);
      const sealed = sealFor(of.recipient)(Readable.from([gzipSync(archive)]));
      await writeFile(file, await buffer(Readable.from(sealed)));
    };
    const meta = { name: 'data/meta.json' };
    const name = 'data/users/0001.json';

    it('with something behind its end replaces nothing', async () => {
      const before = await everything();
      await forge([meta], [entry(meta.name)], Buffer.concat([Buffer.alloc(1024), Buffer.of(1)]));
      await expect(restore()).rejects.toThrow('not complete');
      expect(await everything()).toEqual(before);
    });

    it.each<[string, { name: string; sha256?: string }[], string[], string]>([
      ['a file outside', [{ name: 'data/../../x.json' }], ['data/../../x.json'], 'no backup'],
      ['a file with an absolute name', [{ name: '/x.json' }], ['/x.json'], 'no backup'],
      ['a file twice', [meta, meta], [meta.name, meta.name], 'no backup'],
      ['a missing file', [meta, { name }], [meta.name], 'does not hold|not complete'],
      ['a file more', [meta], [meta.name, name], 'holds more'],
      ['another file', [meta], [name], 'does not hold'],
      ['another content', [{ ...meta, sha256: '0'.repeat(64) }], [meta.name], 'not what was put there'],
      ['no journal that replays', [meta], [meta.name], 'damaged'],
    ])('with %s replaces nothing', async (_, listed, names, sentence) => {
      const before = await everything();
      await forge(
        listed,
        names.map((one) => entry(one)),
      );
      await expect(restore()).rejects.toThrow(new RegExp(sentence));
      expect(await everything()).toEqual(before);
    });
  });
});

it('a new recovery key opens the backups after it, and the older one those before', async () => {
  await writeBackupFile(of, file, quiet);
  const second = await makeRecoveryKey(of.keysDir);
  await store.close();
  await expect(tryBackup({ ...of, file, identity: second })).rejects.toThrow('does not open this backup');
  expect((await tryBackup({ ...of, file, identity })).revision).toBe(401);
  of.recipient = (await readRecipient(of.keysDir)) ?? '';
  const newer = join(folder, 'newer.age');
  await writeBackupFile(of, newer, quiet);
  expect((await tryBackup({ ...of, file: newer, identity: second })).revision).toBe(401);
});
