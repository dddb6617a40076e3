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
import { deletePerson } from '../../admin/delete-person.ts';
import { groupOf, member, message } from '../../storage/contract/rig.ts';
import { type LowdbStore, openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { readStorageKey } from '../../storage/lowdb/storage-key.ts';
import { createRecoveryKey, encryptFor, readRecipient } from './recovery-key.ts';
import { checkBackup, restoreBackup } from './restore-backup.ts';
import { type BackupInput, holdData, writeBackupFile } from './write-backup.ts';

const now = () => 1_700_000_000_000;
const options = { replace: false, onBytes: () => {} };
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
let input: BackupInput;
let identity: string;
let store: LowdbStore;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-backup-'));
  input = { dataDir: join(folder, 'data'), keysDir: join(folder, 'keys'), recipient: '' };
  file = join(folder, 'box.age');
  for (const part of ['cipher', 'core'])
    await mkdir(join(input.keysDir, part), { recursive: true, mode: 0o700 });
  await writeFile(join(input.keysDir, 'cipher', 'keyring.json'), '{"keys":[]}');
  await writeFile(join(input.keysDir, 'core', 'token.key'), 'token');
  await writeFile(join(input.keysDir, 'core', 'storage.key'), Buffer.alloc(32));
  identity = await createRecoveryKey(input.keysDir);
  input.recipient = (await readRecipient(input.keysDir)) ?? '';
  store = await openLowdbStore(input.dataDir, { now, fileBytes: 32 * 1024 });
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

const restore = (key = identity) => restoreBackup({ ...input, file, identity: key });
const reopen = async () => {
  store = await openLowdbStore(input.dataDir, { now, fileBytes: 32 * 1024 });
};
const seqs = async () => (await store.messages('ani-budi', { limit: 1000 })).map(({ seq }) => seq);
const range = (to: number) => Array.from({ length: to }, (_, n) => n + 1);
const everything = async () => (await readdir(folder, { recursive: true })).sort();

describe('a backup', () => {
  it('a backup of a running server has what was stored when it began, in a file that only its owner may read', async () => {
    const { manifest, size } = await writeBackupFile(input, file, {
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
    // The premise: the server stored more meanwhile.
    await reopen();
    expect((await seqs()).length).toBeGreaterThan(400);
    await store.close();
    await restore();
    await reopen();
    expect(await seqs()).toEqual(range(400));
    expect((await send(store, 401)).seq).toBe(401);
  });

  it('a restored backup has the groups of its day: members, who left, messages, system rows, picture and links', async () => {
    const picture = { ...PICTURE, userId: 'g', id: 'p2' };
    const link = { ...INVITE, id: 'link', conversationId: 'g', approval: true as const };
    await store.transact(async (tx) => {
      const shown = { picture: { id: 'p2', edit: 1 } };
      await tx.saveGroup('g', groupOf([member('ani'), member('budi')], shown), picture);
      await tx.appendMessage({ ...message('m', 'g', 'budi'), mentions: ['ani'] });
      await tx.saveInvite(link);
    });
    await store.checkpoint('all');
    await store.transact(async (tx) => {
      await tx.saveGroup('g', groupOf([member('ani')], { picture: { id: 'p2', edit: 1 } }));
      await tx.appendMessage({ ...message('e', 'g', 'budi'), content: '', kid: '', event: { type: 'left' } });
    });
    const read = async () => [
      await store.conversation('g'),
      await store.messages('g', { limit: 9 }),
      await store.picture('g'),
      await store.invites(),
      await store.account('budi'),
    ];
    const before = await read();
    expect(before).toMatchObject([
      { members: ['ani'], lastSeq: 2 },
      [{}, { event: {} }],
      picture,
      [INVITE, link],
      {},
    ]);
    await writeBackupFile(input, file, options);
    await store.transact((tx) => tx.saveGroup('g', groupOf([])));
    await store.close();
    await restoreBackup({ ...input, file, identity, withDeleted: true });
    await reopen();
    expect(await read()).toEqual(before);
  });

  it('messages and groups deleted after the backup stay deleted on this box, also after a second restore', async () => {
    await store.transact(async (tx) => {
      await tx.saveGroup('g', groupOf([member('ani'), member('budi')]));
      await tx.appendMessage(message('m', 'g', 'budi'));
    });
    await writeBackupFile(input, file, options);
    const deleted = async (seq: number) => {
      const stored = (await store.message('ani-budi', seq)) ?? expect.fail();
      await store.transact((tx) => tx.changeMessage({ ...stored, content: '', deletedAt: 7 }));
    };
    // One of them is in a page, the other in the journal, and a later message is not in the backup at all.
    await deleted(3);
    await deleted(390);
    const later = await send(store, 900);
    await deleted(later.seq);
    await store.transact((tx) => tx.saveGroup('g', groupOf([])));
    await store.checkpoint();
    for (const time of ['the first', 'the second']) {
      await store.close();
      const { deletions } = await restore();
      expect([time, deletions]).toEqual([time, expect.objectContaining({ messages: 2, groups: 1 })]);
      await reopen();
      const gone = (await store.messages('ani-budi', { limit: 1000 })).filter((one) => one.deletedAt);
      expect(gone.map(({ seq, content, deletedAt }) => [seq, content, deletedAt])).toEqual([
        [3, '', 7],
        [390, '', 7],
      ]);
      expect((await store.conversation('g'))?.members).toEqual([]);
      expect(await seqs()).toEqual(range(400));
    }
    expect((await send(store, 401)).seq).toBe(401);
    // The premise: without that they come back.
    await store.close();
    await restoreBackup({ ...input, file, identity, withDeleted: true });
    await reopen();
    expect((await store.messages('ani-budi', { limit: 1000 })).filter((one) => one.deletedAt)).toEqual([]);
  });

  it('a person deleted after the backup stays deleted on this box, the only owner of that day too', async () => {
    const dewi = { ...person('dewi'), owner: true as const };
    await store.transact((tx) => tx.saveAccount(dewi));
    await writeBackupFile(input, file, options);
    await deletePerson(store, 'dewi', { isLastOwnerToo: true });
    await store.close();
    const { deletions } = await restore();
    expect(deletions).toMatchObject({ people: 1 });
    await reopen();
    expect(await store.accountByName('dewi')).toBeUndefined();
    expect(await store.account('dewi')).toMatchObject({ contacts: [], deletedAt: expect.any(Number) });
    // The premise: without that the person comes back.
    await store.close();
    await restoreBackup({ ...input, file, identity, withDeleted: true });
    await reopen();
    expect(await store.accountByName('dewi')).toMatchObject({ owner: true });
  });

  it('on another box nothing is known of later deletions', async () => {
    await writeBackupFile(input, file, options);
    const other = { dataDir: join(folder, 'other', 'data'), keysDir: join(folder, 'other', 'keys') };
    const { deletions } = await restoreBackup({ ...other, file, identity });
    expect(deletions).toBeUndefined();
  });

  it('a backup of a stopped server on a read-only disk is refused in a sentence', async () => {
    const readOnly = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
    const open = async () => {
      throw readOnly;
    };
    await store.close();
    await expect(holdData(input.dataDir, readStorageKey(input.keysDir), open)).rejects.toThrow(
      'start the box first',
    );
  });

  it('a backup of a stopped server locks its folder', async () => {
    await store.close();
    const { manifest } = await writeBackupFile(input, file, options);
    expect(manifest.revision).toBe(401);
    expect(await readdir(input.dataDir)).not.toContain('lock');
  });

  it('a backup reveals neither its content nor the names of its files', async () => {
    await writeBackupFile(input, file, options);
    const sealed = (await readFile(file)).toString('latin1');
    expect(sealed.startsWith('age-encryption.org/v1\n-> X25519 ')).toBe(true);
    for (const word of ['keyring', 'sealed 1', 'manifest', 'ani-budi']) expect(sealed).not.toContain(word);
  });

  it('a backup replaces a file only with --force, and leaves no unfinished file', async () => {
    await writeFile(file, 'older');
    await expect(writeBackupFile(input, file, options)).rejects.toThrow('--force');
    expect(await readFile(file, 'utf8')).toBe('older');
    await writeBackupFile(input, file, { ...options, replace: true });
    expect((await stat(file)).size).toBeGreaterThan(1000);
    await rm(join(input.keysDir, 'cipher', 'keyring.json'));
    await expect(writeBackupFile(input, join(folder, 'b.age'), options)).rejects.toThrow('keyring.json');
    await expect(writeBackupFile({ ...input, dataDir: folder }, file, options)).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.startsWith('b'))).toEqual(['box.age']);
  });

  it('a backup fails when the server releases the hold meanwhile', async () => {
    // A file so large that the release arrives before the backup ends.
    await writeFile(join(input.keysDir, 'core', 'token.key'), randomBytes(8 * 2 ** 20));
    let stopping: Promise<void> | undefined;
    const taken = writeBackupFile(input, file, {
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

it('a page from after the backup that was restored is refused: it belongs to a history that is gone', async () => {
  const whole = { replace: false, onBytes: () => {} };
  await writeBackupFile(input, file, whole);
  await store.transact((tx) =>
    tx.saveAccount({ ...person('ani'), contacts: ['budi'], password: 'from after' }),
  );
  await store.checkpoint('all');
  await store.close();
  const page = join(input.dataDir, 'users', '0001.json');
  const after = await readFile(page, 'utf8');
  expect(after).toContain('from after');
  await restore();
  await reopen();
  expect((await store.account('ani'))?.password).not.toBe('from after');
  for (let n = 1; n <= 5; n++) await send(store, 1000 + n);
  await store.close();
  const restored = await readFile(page, 'utf8');
  await writeFile(page, after);
  await expect(reopen()).rejects.toThrow('it was not written by this box');
  await writeFile(page, restored);
  await reopen();
});

describe('a restore', () => {
  beforeEach(async () => {
    await writeBackupFile(input, file, options);
    await store.close();
  });

  it('a restore replaces data and keys under a new epoch, and sets the old ones aside', async () => {
    await reopen();
    expect(await store.picture('ani')).toEqual(PICTURE);
    const { epoch } = store;
    await send(store, 401);
    await store.close();
    await writeFile(join(input.keysDir, 'cipher', 'keyring.json'), 'other');
    const { aside } = await restore();
    await reopen();
    expect(await seqs()).toEqual(range(400));
    expect(await store.invites()).toEqual([INVITE]);
    expect(store.epoch).not.toBe(epoch);
    expect(await readFile(join(input.keysDir, 'cipher', 'keyring.json'), 'utf8')).toBe('{"keys":[]}');
    const [cipher = '', , data = ''] = aside;
    expect(await readFile(join(cipher, 'keyring.json'), 'utf8')).toBe('other');
    await store.close();
    store = await openLowdbStore(data, { now });
    expect([store.epoch, store.revision()]).toEqual([epoch, 402]);
  });

  it('a restore fills empty folders, as on a new machine', async () => {
    const elsewhere = { dataDir: join(folder, 'new', 'data'), keysDir: join(folder, 'new', 'keys') };
    const { aside } = await restoreBackup({ ...elsewhere, file, identity });
    expect(aside).toEqual([]);
    store = await openLowdbStore(elsewhere.dataDir, { now });
    expect(await seqs()).toEqual(range(400));
    expect(await readFile(join(elsewhere.keysDir, 'core', 'token.key'), 'utf8')).toBe('token');
  });

  it('a restore of a running server is refused, while checking a backup is allowed', async () => {
    await reopen();
    await expect(restore()).rejects.toThrow('Another process uses');
    const before = await everything();
    expect((await checkBackup({ ...input, file, identity })).revision).toBe(401);
    expect(await everything()).toEqual(before);
  });

  it('a restore with a wrong key, or none, replaces nothing', async () => {
    const before = await everything();
    await expect(restore(await generateX25519Identity())).rejects.toThrow('does not open this backup');
    await expect(restore('')).rejects.toThrow('This is no recovery key');
    await expect(restore(identity.toLowerCase().slice(1))).rejects.toThrow('This is no recovery key');
    expect(await everything()).toEqual(before);
  });

  it('a restore of a file that was altered, truncated or lengthened replaces nothing', async () => {
    const whole = await readFile(file);
    const before = await everything();
    const offsets = [
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
    const altered = offsets.map((offset) => {
      const copy = Buffer.from(whole);
      copy[offset] = (copy[offset] ?? 0) ^ 1;
      return copy;
    });
    const cut = [0, 100, 230, whole.length >> 1, whole.length - 1].map((length) => whole.subarray(0, length));
    for (const bytes of [...altered, ...cut, Buffer.concat([whole, Buffer.of(0)])]) {
      await writeFile(file, bytes);
      await expect(restore()).rejects.toThrow(/backup|recovery key/);
    }
    expect(await everything()).toEqual(before);
    // The premise: the unaltered file can be restored.
    await writeFile(file, whole);
    await restore();
  });

  it('a server does not start after an interrupted restore until the restore is repeated', async () => {
    await writeFile(join(input.dataDir, 'restoring'), '');
    await expect(openLowdbStore(input.dataDir, { now })).rejects.toThrow('A restore of');
    await restore();
    await reopen();
    expect(await seqs()).toEqual(range(400));
  });

  describe('of a forged backup', () => {
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
      const sealed = encryptFor(input.recipient)(Readable.from([gzipSync(archive)]));
      await writeFile(file, await buffer(Readable.from(sealed)));
    };
    const meta = { name: 'data/meta.json' };
    const name = 'data/users/0001.json';

    it('a restore of a forged backup with bytes after its end replaces nothing', async () => {
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
    ])('a restore of a forged backup with %s replaces nothing', async (_, listed, names, sentence) => {
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

it('a new recovery key opens new backups, and the old key only the ones before', async () => {
  await writeBackupFile(input, file, options);
  const second = await createRecoveryKey(input.keysDir);
  await store.close();
  await expect(checkBackup({ ...input, file, identity: second })).rejects.toThrow(
    'does not open this backup',
  );
  expect((await checkBackup({ ...input, file, identity })).revision).toBe(401);
  input.recipient = (await readRecipient(input.keysDir)) ?? '';
  const newer = join(folder, 'newer.age');
  await writeBackupFile(input, newer, options);
  expect((await checkBackup({ ...input, file: newer, identity: second })).revision).toBe(401);
});
