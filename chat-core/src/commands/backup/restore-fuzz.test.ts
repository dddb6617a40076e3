import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeMessageWith } from '../../../test/support/attachments.ts';
import { fakeCipher } from '../../../test/support/fake-cipher.ts';
import { openLowdbStore } from '../../storage/lowdb/lowdb-store.ts';
import { sweepStaged } from '../../storage/lowdb/maintenance/restores.ts';
import { pathBeside } from './backup-folder.ts';
import { parseManifest } from './manifest.ts';
import { createRecoveryKey, readRecipient } from './recovery-key.ts';
import { checkBackup, deleteReplaced, type RestoreInput, restoreBackup } from './restore-backup.ts';
import { RestoreTarget } from './restore-target.ts';
import { writeBackupFile } from './write-backup.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 25);
const seed = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) };

/** People, then a message with a file. */
const REVISION = 2;

let folder: string;
let restore: RestoreInput;
let whole: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bisik-fuzz-'));
  const [dataDir, keysDir] = [join(folder, 'data'), join(folder, 'keys')];
  for (const part of ['cipher', 'core']) await mkdir(join(keysDir, part), { recursive: true });
  await writeFile(join(keysDir, 'cipher', 'keyring.json'), '{"keys":[]}');
  // Several encrypted chunks, written in more than one piece.
  await writeFile(join(keysDir, 'core', 'token.key'), randomBytes(300_000));
  await writeFile(join(keysDir, 'core', 'storage.key'), Buffer.alloc(32));
  const identity = await createRecoveryKey(keysDir);
  const store = await openLowdbStore(dataDir, { now: () => 1, fileBytes: 16 * 1024 });
  const account = { id: 'ani', username: 'ani', password: 'h', contacts: [], tokenVersion: 0, devices: [] };
  await store.transact(async (tx) => {
    await tx.saveAccount(account);
    await tx.saveAccount({ ...account, id: 'budi', username: 'budi' });
    await tx.befriend('ani', 'budi', 'ani-budi');
  });
  const bytes = randomBytes(100_000);
  const author = { conversationId: 'ani-budi', senderId: 'ani' };
  await storeMessageWith({ store, cipher: fakeCipher() }, author, [{ bytes }]);
  await store.checkpoint('all');
  await store.close();
  const file = join(folder, 'box.age');
  const recipient = (await readRecipient(keysDir)) ?? '';
  await writeBackupFile({ dataDir, keysDir, recipient }, file, { replace: false, onBytes: () => {} });
  whole = await readFile(file);
  restore = { dataDir, keysDir, file, identity };
});
afterAll(() => rm(folder, { recursive: true }));

const everything = async () => (await readdir(folder, { recursive: true })).sort();
const SENTENCE =
  /^(The backup|This file is no backup|This recovery key does not open|This is no backup)[^\n]*\.$/;

/** Checking and restoring refuse it with a sentence, and leave the folders unchanged. */
async function isRefused(bytes: Buffer): Promise<void> {
  const before = await everything();
  await writeFile(restore.file, bytes);
  for (const open of [checkBackup, restoreBackup]) {
    const outcome = await open(restore).then(
      () => 'it was opened',
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(SENTENCE);
    expect(await everything()).toEqual(before);
  }
}

/** Offsets of the header's lines, and of the start and middle of each chunk of 64 KiB and 16 bytes. */
function boundaries(): number[] {
  const head = [0, 1, 22, 120, 199, 200, 215];
  const pieces: number[] = [];
  for (let offset = 216; offset < whole.length; offset += 65_552) pieces.push(offset, offset + 32_000);
  return [...head, ...pieces, whole.length - 1].filter((offset) => offset >= 0 && offset < whole.length);
}

it('a backup truncated at any of its parts is refused in a sentence and leaves nothing', async () => {
  for (const offset of boundaries()) await isRefused(whole.subarray(0, offset));
});

it('a backup with any bit flipped, or truncated anywhere, is refused in a sentence and leaves nothing', async () => {
  const anyOffset = fc.oneof(fc.nat(whole.length - 1), fc.nat(300));
  await fc.assert(
    fc.asyncProperty(anyOffset, fc.nat(7), fc.boolean(), async (offset, bit, isCut) => {
      if (isCut) return isRefused(whole.subarray(0, offset));
      const altered = Buffer.from(whole);
      altered.writeUInt8(altered.readUInt8(offset) ^ (1 << bit), offset);
      return isRefused(altered);
    }),
    { numRuns: runs, ...seed },
  );
  // The premise: the unaltered file opens.
  await writeFile(restore.file, whole);
  expect((await checkBackup(restore)).revision).toBe(REVISION);
});

it('checking a backup writes no key anywhere, and creates no folder', async () => {
  await writeFile(restore.file, whole);
  const elsewhere = { dataDir: join(folder, 'none'), keysDir: join(folder, 'no-keys') };
  const before = await everything();
  expect((await checkBackup({ ...restore, ...elsewhere })).revision).toBe(REVISION);
  expect(await everything()).toEqual(before);
});

it('whatever names a manifest has, a restore writes no file outside the folders of data and keys', () => {
  const target = new RestoreTarget('/box/data', '/box/keys', 0);
  const part = fc.oneof(
    fc.constantFrom('..', '.', '', 'data', 'keys', 'core', 'attachments', 'uploads', '0001.json', 'ani-budi'),
    fc.string({ unit: fc.constantFrom('.', '/', '\\', '-', 'a', '0', ':', '%', '\0', '\n'), maxLength: 6 }),
  );
  const composed = fc
    .tuple(
      fc.constantFrom('data/attachments', 'data/uploads', 'data/messages', 'keys/core', 'data', '', '/data'),
      fc.array(part, { maxLength: 4 }),
    )
    .map(([start, parts]) => [start, ...parts].join('/'));
  const known = fc.constantFrom('data/attachments/ani-budi/a', 'data/uploads/0001.json');
  const name = fc.oneof({ weight: 9, arbitrary: composed }, { weight: 1, arbitrary: known });
  let [accepted, attachments] = [0, 0];
  const check = (given: string) => {
    for (const files of [[{ name: given, size: 1, sha256: '0'.repeat(64) }], []]) {
      const place = { place: 'archive', files: files.length > 0 ? [] : [{ name: given, size: 1 }] };
      const manifest = { format: 2, created: 0, revision: 0, epoch: 'e', files, attachments: place };
      try {
        parseManifest(Buffer.from(JSON.stringify(manifest)));
      } catch {
        continue;
      }
      accepted += 1;
      if (files.length === 0) attachments += 1;
      const path = normalize(target.pathOf(given));
      expect(path).toMatch(/^\/box\/(data|keys\/(cipher|core))\/restore-[^/]+\/[^/]/);
      expect(dirname(pathBeside('/usb/bisik.age', { name: given, size: 1 }))).toMatch(/^\/usb(\/|$)/);
      expect(given).not.toMatch(/[\\\0\n:%]/);
    }
  };
  fc.assert(fc.property(name, check), { numRuns: 2000 + runs, ...seed });
  // The premise: some of them are names of a backup.
  expect(accepted).toBeGreaterThan(10);
  expect(attachments).toBeGreaterThan(5);
});

const STAGED = 'restore-2026-01-02T03-04-05-678Z';
const folders = () => [restore.dataDir, join(restore.keysDir, 'cipher'), join(restore.keysDir, 'core')];

it('the staged files of a killed restore are removed by the next one, and by a server that starts', async () => {
  await writeFile(restore.file, whole);
  const before = await everything();
  const leave = async () => {
    for (const part of folders()) {
      await mkdir(join(part, STAGED, 'users'), { recursive: true });
      await writeFile(join(part, STAGED, 'keyring.json'), 'a copy');
    }
  };
  await leave();
  expect(await sweepStaged(restore.dataDir, restore.keysDir)).toHaveLength(3);
  expect(await everything()).toEqual(before);
  await leave();
  await checkBackup(restore);
  expect(await everything()).toEqual(before);
  expect(await sweepStaged(restore.dataDir, restore.keysDir)).toEqual([]);
});

it('the old content stays until it is deleted, which is refused while a restore is unfinished', async () => {
  await writeFile(restore.file, whole);
  const { aside } = await restoreBackup(restore);
  expect(aside).toHaveLength(3);
  const marker = join(restore.dataDir, 'restoring');
  await writeFile(marker, '');
  await expect(deleteReplaced(restore.dataDir, restore.keysDir)).rejects.toThrow('do it again first');
  await rm(marker);
  expect((await deleteReplaced(restore.dataDir, restore.keysDir)).sort()).toEqual(aside.sort());
  expect((await everything()).filter((name) => name.includes('restore'))).toEqual([]);
  const store = await openLowdbStore(restore.dataDir, { now: () => 1 });
  expect(store.revision()).toBe(REVISION);
  await store.close();
});
