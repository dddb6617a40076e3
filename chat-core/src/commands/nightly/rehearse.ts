import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline as connect, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../../config.ts';
import { type Disk, realDisk } from '../../storage/lowdb/disk/disk.ts';
import { floorBytes } from '../../storage/lowdb/maintenance/free-space.ts';
import { AttachmentFolder } from '../../storage/lowdb/pages/attachment-folder.ts';
import { type Fault, scanFolder } from '../../storage/lowdb/repair/integrity-scan.ts';
import { openReadOnly } from '../../storage/lowdb/repair/open-read-only.ts';
import { storageKeyOf } from '../../storage/lowdb/storage-key.ts';
import type { Manifest } from '../backup/manifest.ts';
import { requireOpens } from '../backup/restore-backup.ts';
import { unpackBackup } from '../backup/unpack-backup.ts';
import { bytesOnDisk, Room } from '../room.ts';
import { countMessages, openAccounts, openGroupNames, openSample } from '../sample-check.ts';
import { openFileSample } from '../sample-files.ts';
import { withCipher } from '../with-cipher.ts';
import { targetNameOf } from './publish.ts';
import { BackupError, type Target } from './target.ts';

/** Messages, and files of messages with their bytes, that a rehearsal opens. */
const SAMPLE_MESSAGES = 500;
const SAMPLE_FILES = 10;
const SAMPLE_FILE_BYTES = 64 * 2 ** 20;

export type RehearsalInput = {
  target: Target;
  name: string;
  /** Opens the backup, besides the recovery key, which the box does not have. */
  identity: string;
  /** SHA-256 of the sealed backup, as it was stored. */
  sha256: string;
  /** Files, by their names in the manifest, that the box has no more: their absence is no fault of the backup. */
  gone: ReadonlySet<string>;
  scratchDir: string;
  config: Config;
};
/** What was opened. */
export type Rehearsal = { messages: number; opened: number; files: number };

/**
 * Restores a backup from its target into a scratch folder, checks it like `verify`, and opens a sample through
 * cipher-service. Keys are checked and never written. The scratch folder is removed whatever happens.
 * @throws BackupError, NO_ROOM before anything is written
 */
export async function rehearseBackup(input: RehearsalInput): Promise<Rehearsal> {
  const scratch = join(input.scratchDir, 'rehearsal');
  await rm(scratch, { recursive: true, force: true });
  try {
    await realDisk.makeFolder(scratch);
    return await rehearse(input, scratch);
  } catch (cause) {
    if (cause instanceof BackupError) throw cause;
    throw new BackupError('REHEARSAL_FAILED', `${input.name}: ${(cause as Error).message}`, cause);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function rehearse(input: RehearsalInput, scratch: string): Promise<Rehearsal> {
  const { target, name, identity, config } = input;
  const room = new Room({
    what: 'The rehearsal of the backup',
    remedy: 'make room, or set BACKUP_SCRATCH_DIR to a folder on another disk',
    keepFree: (_, total) => floorBytes(total),
  });
  const pathOf = (file: string) => (file.startsWith('data/') ? join(scratch, file) : undefined);
  const begin = async ({ files }: Manifest) => {
    const bytes = files.reduce((sum, { size }) => sum + bytesOnDisk(size), 2 * SAMPLE_FILE_BYTES);
    await room.require([{ folder: scratch, bytes, files: files.length }]).catch((cause: Error) => {
      throw new BackupError('NO_ROOM', cause.message, cause);
    });
  };
  const sum = createHash('sha256');
  // Unlike `pipe`, it hands on the error of a target that goes away.
  const source = connect(
    await target.get(name),
    new Transform({
      transform(chunk, _encoding, done) {
        sum.update(chunk);
        done(null, chunk);
      },
    }),
    () => {},
  );
  const writer = { pathOf, begin, onPiece: (bytes: number) => room.written(bytes) };
  const { storageKey, ...manifest } = await unpackBackup({ file: name, identity, source }, writer);
  if (sum.digest('hex') !== input.sha256)
    throw new BackupError('TARGET_DAMAGED', `${name} at the target is not what was stored there.`);

  const data = join(scratch, 'data');
  if (!storageKey) throw new Error('it holds no storage key');
  const key = storageKeyOf(storageKey, false);
  await requireOpens(data, manifest, key);
  const found = await scanFolder(await withFilesOfTarget(data, manifest, target), data, { key });
  const isOfBackup = ({ path }: Fault) => !input.gone.has(relative(scratch, path).split(sep).join('/'));
  requireNone(found.faults.filter(isOfBackup), name);
  const database = await openReadOnly(data, realDisk, key);
  const messages = countMessages(database.state);
  const files = await copySample(found.files.whole, target, scratch);
  const folder = new AttachmentFolder(realDisk, join(data, 'attachments'));
  return withCipher(config, async (cipher) => {
    const sampled = await openSample(database, cipher, Math.min(SAMPLE_MESSAGES, messages), () => {});
    const ofFiles = await openFileSample(folder, cipher, files, { size: files.length, everyChunk: false });
    requireNone(
      [
        ...sampled.faults,
        ...ofFiles.faults,
        ...(await openGroupNames(database, cipher)),
        ...(await openAccounts(database, cipher)),
      ],
      name,
    );
    return { messages, opened: sampled.opened, files: ofFiles.opened };
  });
}

function requireNone(faults: Fault[], name: string): void {
  const [first] = faults;
  if (first === undefined) return;
  const more = faults.length > 1 ? `, and ${faults.length - 1} more faults` : '';
  throw new BackupError('REHEARSAL_FAILED', `${name}: ${first.what}${more}.`);
}

/** A disk on which the sealed files of a manifest have the sizes that they have at the target. */
async function withFilesOfTarget(data: string, { attachments }: Manifest, target: Target): Promise<Disk> {
  const named = new Set((attachments?.files ?? []).map(targetNameOf));
  const sizes = new Map<string, number>();
  const folders = new Map<string, string[]>();
  const root = join(data, 'attachments');
  if (named.size > 0)
    for (const { name, size } of await target.list()) {
      if (!named.has(name)) continue;
      const path = join(data, name);
      sizes.set(path, size);
      const [, conversation = '', id = ''] = name.split('/');
      const own = folders.get(join(root, conversation));
      if (own) own.push(id);
      else {
        folders.set(join(root, conversation), [id]);
        folders.set(root, [...(folders.get(root) ?? []), conversation]);
      }
    }
  return {
    ...realDisk,
    size: async (path) => sizes.get(path) ?? (await realDisk.size(path)),
    list: async (path) => folders.get(path) ?? (await realDisk.list(path)),
  };
}

type Whole = Parameters<typeof openFileSample>[2];

/** Copies a few sealed files, chosen at random, from the target into the scratch folder. */
async function copySample(all: Whole, target: Target, scratch: string): Promise<Whole> {
  const chosen: Whole = [];
  const left = [...all];
  for (let bytes = 0; left.length > 0 && chosen.length < SAMPLE_FILES; ) {
    const [one] = left.splice(Math.floor(Math.random() * left.length), 1);
    if (!one || bytes + one.file.size > SAMPLE_FILE_BYTES) continue;
    bytes += one.file.size;
    const name = `attachments/${one.row.conversationId}/${one.file.id}`;
    const path = join(scratch, 'data', name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await target.get(name), createWriteStream(path, { mode: 0o600 }));
    chosen.push(one);
  }
  return chosen;
}
