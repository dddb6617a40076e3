import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { realDisk } from '../disk/disk.ts';
import { type Lock, lockFolder } from '../disk/lock.ts';

/** Names of folders that a restore unpacks into, and of those with the data from before a restore. */
const STAGED = /^restore-\d{4}-\d{2}-\d{2}T[\d-]+Z$/;
const BEFORE = /^before-restore-/;
const LOCK = 'restore.lock';

/** The folders that a restore replaces. */
function foldersOf(dataDir: string, keysDir: string): string[] {
  return [dataDir, join(keysDir, 'cipher'), join(keysDir, 'core')];
}

/** Locks a folder for one restore at a time, also for one that replaces nothing. @throws a sentence when it is locked */
export async function lockRestores(dataDir: string): Promise<Lock> {
  return lockFolder(dataDir, undefined, LOCK).catch((error: Error) => {
    if (!error.message.startsWith('Another process uses')) throw error;
    throw new Error(`Another restore of ${dataDir} is under way: wait for its end.`, { cause: error });
  });
}

/** Removes data and copies of keys that killed restores left. The caller holds the lock of restores. */
export async function clearStaged(dataDir: string, keysDir: string): Promise<string[]> {
  return removeAll(await found(dataDir, keysDir, STAGED));
}

/** Like clearStaged, for a box that starts: does nothing while a restore is running or where it has no permission. */
export async function sweepStaged(dataDir: string, keysDir: string): Promise<string[]> {
  if ((await found(dataDir, keysDir, STAGED)).length === 0) return [];
  const lock = await lockRestores(dataDir).catch(() => undefined);
  if (!lock) return [];
  try {
    return await clearStaged(dataDir, keysDir);
  } finally {
    await lock.release();
  }
}

/** Folders with the data from before restores, which stay until the operator removes them. */
export function foldersBeforeRestores(dataDir: string, keysDir: string): Promise<string[]> {
  return found(dataDir, keysDir, BEFORE);
}

export async function removeAll(paths: string[]): Promise<string[]> {
  for (const path of paths) await rm(path, { recursive: true, force: true });
  return paths;
}

/** Whether a name belongs to restores themselves and not to the data that they replace; the audit trail outlasts them. */
export function belongsToRestores(name: string): boolean {
  return name === 'audit' || name.startsWith(LOCK) || STAGED.test(name) || BEFORE.test(name);
}

async function found(dataDir: string, keysDir: string, form: RegExp): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of foldersOf(dataDir, keysDir)) {
    const names = await realDisk.list(folder).catch(() => []);
    paths.push(...names.filter((name) => form.test(name)).map((name) => join(folder, name)));
  }
  return paths;
}
