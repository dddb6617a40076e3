import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StorageKey } from '../../storage/lowdb/disk/authenticator.ts';
import { prepareDataFolder } from '../../storage/lowdb/disk/data-folder.ts';
import { type Disk, realDisk } from '../../storage/lowdb/disk/disk.ts';
import { keyedDisk } from '../../storage/lowdb/disk/keyed-disk.ts';
import { lockFolder } from '../../storage/lowdb/disk/lock.ts';
import { openStore } from '../../storage/lowdb/lowdb-store.ts';
import { floorBytes } from '../../storage/lowdb/maintenance/free-space.ts';
import { RESTORING } from '../../storage/lowdb/maintenance/load.ts';
import {
  clearStaged,
  foldersBeforeRestores,
  lockRestores,
  removeAll,
} from '../../storage/lowdb/maintenance/restores.ts';
import { beginHistory, readMeta, writeMeta } from '../../storage/lowdb/pages/meta.ts';
import { readStorageKey, STORAGE_KEY_BYTES, storageKeyOf } from '../../storage/lowdb/storage-key.ts';
import { Room } from '../room.ts';
import { pathBeside } from './backup-folder.ts';
import { type EndedSessions, endSessions } from './end-sessions.ts';
import { type Deletions, deletionsIn, repeatDeletions } from './later-deletions.ts';
import { type Manifest, SETTINGS } from './manifest.ts';
import { RestoreTarget } from './restore-target.ts';
import {
  type CheckedBackup,
  copyBeside,
  STORAGE_KEY_IN_BACKUP,
  unpackBackup,
  type Writer,
} from './unpack-backup.ts';

export type RestoreInput = {
  dataDir: string;
  keysDir: string;
  file: string;
  identity: string;
  /** Stops the restore as long as nothing is replaced. */
  signal?: AbortSignal;
  /** Brings back what was deleted since the backup: else the deletions in the replaced data are repeated. */
  withDeleted?: boolean;
  /** Leaves the sessions of the backup open; else everyone logs in again. */
  keepSessions?: boolean;
  /** Called with the bytes read so far, and those of all files. */
  onBytes?: (done: number, total: number) => void;
  /** How much room the volume of a folder has. */
  space?: Disk['space'];
};

/**
 * `deletions`: how many of messages and groups were repeated; undefined where the replaced data were none or did not read.
 * `sessions`: what was ended and suspended again. `aside`: the folders with the old content. `settings`: those in the backup, which are not written.
 */
type RestoredBackup = {
  manifest: CheckedBackup;
  deletions: { messages: number; groups: number; people: number; revision: number } | undefined;
  sessions: EndedSessions;
  aside: string[];
  settings: Map<string, Buffer>;
};

/**
 * Checks all of a backup without changing anything. Its data are staged meanwhile, its keys and sealed files are not written.
 * @throws Error with one sentence
 */
export async function checkBackup(restore: RestoreInput): Promise<CheckedBackup> {
  return withFolders(restore, () =>
    withTarget(restore, (target) =>
      unpackChecked(target, restore, (name) =>
        /^(keys|settings|data\/attachments)\//.test(name) ? undefined : target.pathOf(name),
      ).then(({ manifest }) => manifest),
    ),
  );
}

/**
 * Checks all of a backup, then replaces data and keys by it and sets the old ones aside. The database gets a new epoch,
 * because cursors from after the backup belong to a history that is gone.
 * What was deleted in the replaced data since stays deleted, who was suspended stays so, and sessions end. @throws Error with one sentence, nothing being replaced
 */
export async function restoreBackup(restore: RestoreInput): Promise<RestoredBackup> {
  return withFolders(restore, async () => {
    const lock = await lockFolder(restore.dataDir);
    try {
      return await withTarget(restore, async (target) => {
        const { manifest, key, settings } = await unpackChecked(target, restore, (name) =>
          name.startsWith(SETTINGS) ? undefined : target.pathOf(name),
        );
        const replaced = await historiesIn(restore);
        const later = replaced.includes(manifest.epoch) ? await laterIn(restore) : undefined;
        const deletions =
          later && !restore.withDeleted ? await repeatDeletions(target.data, key, later) : undefined;
        const sessions = await endSessions(target.data, key, {
          suspended: later?.suspended ?? new Set(),
          areKept: restore.keepSessions ?? false,
        });
        const disk = keyedDisk(realDisk, target.data, key);
        const meta = await readMeta(disk, target.data);
        if (!meta) throw new Error('The backup holds no database.');
        await writeMeta(disk, target.data, beginHistory(meta, sessions.revision, replaced));
        refuseIfStopped(restore.signal);
        return { manifest, deletions, sessions, settings, aside: await target.commit() };
      });
    } finally {
      await lock.release();
    }
  });
}

/** What was deleted and who was suspended in the replaced data; undefined where they do not read. */
async function laterIn({ dataDir, keysDir }: RestoreInput): Promise<Deletions | undefined> {
  try {
    return await deletionsIn(dataDir, readStorageKey(keysDir));
  } catch {
    return undefined;
  }
}

/** The histories of the data that a restore replaces, which end with it; none where they do not read. */
async function historiesIn({ dataDir, keysDir }: RestoreInput): Promise<string[]> {
  try {
    const meta = await readMeta(keyedDisk(realDisk, dataDir, readStorageKey(keysDir)), dataDir);
    return meta ? [meta.epoch, ...(meta.former ?? []).map(({ epoch }) => epoch)] : [];
  } catch {
    return [];
  }
}

/** Deletes the old content that restores set aside; returns those folders. @throws Error while a restore is unfinished */
export async function deleteReplaced(dataDir: string, keysDir: string): Promise<string[]> {
  const lock = await lockRestores(dataDir);
  try {
    if (existsSync(join(dataDir, RESTORING)))
      throw new Error(`A restore of ${dataDir} was cut off: do it again first.`);
    return await removeAll(await foldersBeforeRestores(dataDir, keysDir));
  } finally {
    await lock.release();
  }
}

/** Makes DATA_DIR, and removes it and the folders of keys afterwards where they were not there and are still empty. */
async function withFolders<T>({ dataDir, keysDir }: RestoreInput, work: () => Promise<T>): Promise<T> {
  const folders = [join(keysDir, 'cipher'), join(keysDir, 'core'), keysDir, dataDir];
  const made = folders.filter((folder) => !existsSync(folder));
  try {
    await prepareDataFolder(dataDir);
    return await work();
  } finally {
    for (const folder of made) await rmdir(folder).catch(() => {});
  }
}

/** Runs one restore at a time; removes what is staged before (left by a killed one) and after. */
async function withTarget<T>(
  { dataDir, keysDir, signal }: RestoreInput,
  work: (target: RestoreTarget) => Promise<T>,
): Promise<T> {
  const lock = await lockRestores(dataDir);
  const target = new RestoreTarget(dataDir, keysDir, Date.now());
  try {
    await clearStaged(dataDir, keysDir);
    return await work(target);
  } catch (error) {
    refuseIfStopped(signal);
    throw error;
  } finally {
    await target.clear();
    await lock.release();
  }
}

function refuseIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Error('The restore was stopped: nothing was replaced.');
}

async function unpackChecked(
  target: RestoreTarget,
  restore: RestoreInput,
  pathOf: Writer['pathOf'],
): Promise<{ manifest: CheckedBackup; key: StorageKey; settings: Map<string, Buffer> }> {
  const { file, space } = restore;
  const room = new Room({
    what: 'The backup',
    remedy: 'make room, or delete what earlier restores set aside (npm run restore -- --forget)',
    keepFree: (_, total) => floorBytes(total),
    ...(space && { space }),
  });
  const reserve = async ({ files, attachments }: Manifest) => {
    const all: { name: string; size: number }[] = [...files];
    for (const one of attachments?.files ?? []) {
      const isThere =
        attachments?.place === 'archive' || (await realDisk.size(pathBeside(file, one))) === one.size;
      if (isThere) all.push(one);
    }
    await room.require(target.needs(all.filter(({ name }) => pathOf(name) !== undefined)));
    return all.reduce((sum, { size }) => sum + size, 0);
  };
  let [done, total] = [0, 0];
  const writer: Writer = {
    pathOf,
    begin: async (manifest) => {
      total = await reserve(manifest);
    },
    onPiece: async (bytes) => {
      done += bytes;
      restore.onBytes?.(done, total);
      await room.written(bytes);
    },
  };
  const { storageKey, settings, ...manifest } = await unpackBackup(restore, writer);
  const key = storageKeyOf(storageKey ?? (await writeNewKey(pathOf)), true);
  await requireOpens(target.data, manifest, key);
  const missing = manifest.missing + (await copyBeside(manifest, restore, writer));
  return { manifest: { ...manifest, missing }, key, settings };
}

/** A backup from before format 7 has no storage key: its data get the codes of a new one. */
async function writeNewKey(pathOf: Writer['pathOf']): Promise<Buffer> {
  const bytes = randomBytes(STORAGE_KEY_BYTES);
  const path = pathOf(STORAGE_KEY_IN_BACKUP);
  if (path === undefined) return bytes;
  await realDisk.makeFolder(dirname(path));
  const file = await realDisk.open(path, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await realDisk.syncFolder(dirname(path));
  return bytes;
}

/** Opens the restored data as chat-core does, replaying the journal. @throws Error when they are not at that revision */
export async function requireOpens(
  dataDir: string,
  { revision, epoch }: Pick<Manifest, 'revision' | 'epoch'>,
  key: StorageKey,
): Promise<void> {
  const store = await openStore(realDisk, dataDir, { now: Date.now, key });
  const found = { revision: store.revision(), epoch: store.epoch };
  await store.close();
  if (found.revision !== revision || found.epoch !== epoch)
    throw new Error(`The backup opens at revision ${found.revision}, not at ${revision}.`);
}
