import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { prepareDataFolder } from '../../storage/lowdb/disk/data-folder.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { lockFolder } from '../../storage/lowdb/disk/lock.ts';
import { RESTORING } from '../../storage/lowdb/maintenance/load.ts';
import {
  clearStaged,
  foldersBeforeRestores,
  lockRestores,
  removeAll,
} from '../../storage/lowdb/maintenance/restores.ts';
import { readMeta, writeMeta } from '../../storage/lowdb/pages/meta.ts';
import type { Manifest } from './manifest.ts';
import { openBackup, type PathOf, requireOpens } from './restore-open.ts';
import { RestoreRooms } from './restore-target.ts';

export type Restore = {
  dataDir: string;
  keysDir: string;
  file: string;
  identity: string;
  /** Stops it while nothing is replaced yet. */
  signal?: AbortSignal;
};

/**
 * Opens a backup and checks all of it, beside what is there, and leaves nothing behind; its keys are written nowhere.
 * @throws a sentence
 */
export async function tryBackup(restore: Restore): Promise<Manifest> {
  const isNew = !existsSync(restore.dataDir);
  try {
    return await staged(restore, (rooms) =>
      openChecked(rooms, restore, (name) => (name.startsWith('keys/') ? undefined : rooms.pathOf(name))),
    );
  } finally {
    if (isNew) await rmdir(restore.dataDir).catch(() => {});
  }
}

/**
 * Puts a backup in the place of what is there, which is kept aside, once all of it was checked. The box gets a new
 * epoch: cursors from after the backup name a history that is gone, and start anew.
 * @returns the manifest and the folders with what was there; @throws a sentence, and then nothing was replaced
 */
export async function restoreBackup(restore: Restore): Promise<{ manifest: Manifest; aside: string[] }> {
  await prepareDataFolder(restore.dataDir);
  const lock = await lockFolder(restore.dataDir);
  try {
    return await staged(restore, async (rooms) => {
      const manifest = await openChecked(rooms, restore, (name) => rooms.pathOf(name));
      const meta = await readMeta(realDisk, rooms.data);
      if (!meta) throw new Error('The backup holds no database.');
      await writeMeta(realDisk, rooms.data, { ...meta, epoch: uuid() });
      requireGoOn(restore.signal);
      return { manifest, aside: await rooms.place() };
    });
  } finally {
    await lock.release();
  }
}

/** Removes what was there before restores, and answers which folders that were. @throws a sentence while a restore is cut off */
export async function forgetBefore(dataDir: string, keysDir: string): Promise<string[]> {
  const lock = await lockRestores(dataDir);
  try {
    if (existsSync(join(dataDir, RESTORING)))
      throw new Error(`A restore of ${dataDir} was cut off: do it again first.`);
    return await removeAll(await foldersBeforeRestores(dataDir, keysDir));
  } finally {
    await lock.release();
  }
}

/** Runs one restore at a time, after what killed ones left was removed, and leaves nothing that waits. */
async function staged<T>(
  { dataDir, keysDir, signal }: Restore,
  work: (rooms: RestoreRooms) => Promise<T>,
): Promise<T> {
  await prepareDataFolder(dataDir);
  const lock = await lockRestores(dataDir);
  const rooms = new RestoreRooms(dataDir, keysDir, Date.now());
  try {
    await clearStaged(dataDir, keysDir);
    return await work(rooms);
  } catch (error) {
    requireGoOn(signal);
    throw error;
  } finally {
    await rooms.clear();
    await lock.release();
  }
}

function requireGoOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Error('The restore was stopped: nothing was replaced.');
}

async function openChecked(rooms: RestoreRooms, restore: Restore, pathOf: PathOf): Promise<Manifest> {
  const { file, identity, signal } = restore;
  const manifest = await openBackup(file, identity, pathOf, signal);
  await requireOpens(rooms.data, manifest);
  return manifest;
}
