import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseKeyring } from '../../../../cipher-service/src/keyring.ts';
import { open } from '../../../../cipher-service/src/seal.ts';
import { messageBinding } from '../../cipher/binding.ts';
import type { StorageKey } from '../../storage/lowdb/disk/authenticator.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { scanFolder } from '../../storage/lowdb/repair/integrity-scan.ts';
import { readStorageKey, storageKeyOf } from '../../storage/lowdb/storage-key.ts';
import type { Account, Conversation, Mark, Store, StoredInvite, StoredMessage } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import { ArchiveReader } from './archive.ts';
import { decryptWith } from './recovery-key.ts';
import { restoreBackup } from './restore-backup.ts';
import { STORAGE_KEY_IN_BACKUP } from './unpack-backup.ts';

/** The recovery key of the test data, made for them alone. */
const IDENTITY = ['AGE', 'SECRET', 'KEY', '1URMQPJTLELG4VV9HSX0VP9QVCS8RUHY2WXKMYJ75NGU2NZRZVXZQH9NEDM'].join(
  '-',
);

/** All rows of a store, by id. */
type Rows = {
  epoch: string;
  revision: number;
  accounts: Record<Id, Account>;
  lastSeen: Record<Id, number | null>;
  pictures: Record<Id, object | null>;
  conversations: Record<Id, Conversation>;
  messages: Record<Id, StoredMessage[]>;
  marks: Record<Id, Mark[]>;
  hidden: Record<Id, Record<Id, [number, number][]>>;
  invites: StoredInvite[];
};

/** The marks of a conversation have no order. */
const byUser = (a: Mark, b: Mark) => (a.userId < b.userId ? -1 : 1);

const fixture = (format: number, name: string) =>
  fileURLToPath(new URL(`../../../test/fixtures/format-${format}/${name}`, import.meta.url));

async function expectedRows(format: number): Promise<Rows> {
  const { rows } = JSON.parse(String(gunzipSync(await readFile(fixture(format, 'rows.json.gz')))));
  for (const marks of Object.values<Mark[]>(rows.marks)) marks.sort(byUser);
  return rows;
}

/** The rows of a store, as the older version listed them. */
async function readRows(store: Store, { accounts, conversations }: Rows): Promise<Rows> {
  const each = async <T>(ids: object, read: (id: Id) => Promise<T>) =>
    Object.fromEntries(await Promise.all(Object.keys(ids).map(async (id) => [id, await read(id)] as const)));
  return {
    epoch: store.epoch,
    revision: store.revision(),
    accounts: await each(accounts, async (id) => (await store.account(id)) as Account),
    lastSeen: await each(accounts, async (id) => store.lastSeen(id) ?? null),
    pictures: await each(accounts, async (id) => (await store.picture(id)) ?? null),
    conversations: await each(conversations, async (id) => (await store.conversation(id)) as Conversation),
    messages: await each(conversations, (id) => store.messages(id, { limit: 1000 })),
    marks: await each(conversations, async (id) => (await store.marksOf(id)).sort(byUser)),
    hidden: await each(conversations, (id) =>
      each(accounts, async (userId) => (await store.hiddenOf(id, userId)) as [number, number][]),
    ),
    invites: await store.invites(),
  };
}

/** Writes the data of a backup into a folder, as they were when it was made. @returns the storage key, which there is since format 7 */
async function unpackData(file: string, dataDir: string): Promise<StorageKey | undefined> {
  let key: StorageKey | undefined;
  const opened = new PassThrough();
  const decrypted = pipeline(createReadStream(file), decryptWith(IDENTITY), createGunzip(), opened);
  const archive = new ArchiveReader(opened);
  await archive.manifest();
  for (let entry = await archive.next(); entry; entry = await archive.next()) {
    const bytes = await buffer(entry.bytes);
    if (entry.name === STORAGE_KEY_IN_BACKUP) key = storageKeyOf(bytes, false);
    if (!entry.name.startsWith('data/')) continue;
    const path = join(dataDir, entry.name.slice('data/'.length));
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, bytes);
  }
  await decrypted;
  return key;
}

let folder: string;
let dataDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-formats-'));
  dataDir = join(folder, 'data');
});
afterEach(() => rm(folder, { recursive: true }));

describe.each([3, 4, 5, 6, 7])('data of format %i, made by the code of that time', (format) => {
  it(`a folder of format ${format} opens with every row as it was, and is then of format 8 without a fault`, async () => {
    const key = await unpackData(fixture(format, 'backup.bin'), dataDir);
    const meta = await readFile(join(dataDir, 'meta.json'), 'utf8');
    expect(JSON.parse(meta)).toMatchObject({ version: format });
    if (format >= 4) await writeFile(join(dataDir, 'meta.copy.json'), meta);
    const rows = await expectedRows(format);
    for (let start = 1; start <= 2; start++) {
      const warnings: string[] = [];
      const store = await openLowdbStore(dataDir, {
        now: Date.now,
        key,
        warn: (warning) => warnings.push(warning),
      });
      expect(await readRows(store, rows)).toEqual(rows);
      await store.close();
      const migrations = warnings.filter((warning) => warning.includes('next format'));
      expect([warnings, migrations.length]).toEqual([migrations, start === 1 ? 8 - format : 0]);
    }
    expect(JSON.parse(await readFile(join(dataDir, 'meta.json'), 'utf8'))).toMatchObject({ version: 8 });
    expect((await scanFolder(realDisk, dataDir, { key })).faults).toEqual([]);
  });

  it(`a backup of format ${format} is restored with every row as it was, and its messages open with its keys`, async () => {
    const keysDir = join(folder, 'keys');
    for (const part of ['cipher', 'core']) await mkdir(join(keysDir, part), { recursive: true, mode: 0o700 });
    const input = { dataDir, keysDir, file: fixture(format, 'backup.bin'), identity: IDENTITY };
    await restoreBackup({ ...input, keepSessions: true });
    const rows = await expectedRows(format);
    const store = await openLowdbStore(dataDir, { now: Date.now, key: readStorageKey(keysDir) });
    expect(store.epoch).not.toBe(rows.epoch);
    expect(await readRows(store, rows)).toEqual({ ...rows, epoch: store.epoch });
    await store.close();
    const keyring = parseKeyring(await readFile(join(keysDir, 'cipher', 'keyring.json')), 'keyring.json');
    const all = Object.values(rows.messages)
      .flat()
      .filter(({ event }) => !event);
    const texts = all
      .filter(({ deletedAt }) => deletedAt === undefined)
      .map((row) => open(keyring, row, messageBinding(row)));
    expect(texts.length).toBe(all.length - 1);
    expect(texts.filter((text) => !/^(pesan \d+ é 😀|diubah sekali)$/.test(text))).toEqual([]);
  });
});
