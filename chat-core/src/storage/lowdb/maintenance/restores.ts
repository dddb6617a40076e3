import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { realDisk } from '../disk/disk.ts';
import { type Lock, lockFolder } from '../disk/lock.ts';

/** What a restore unpacks waits under such a name, and what was there before it is kept under the other. */
const STAGED = /^restore-\d{4}-\d{2}-\d{2}T[\d-]+Z$/;
const BEFORE = /^before-restore-/;
const LOCK = 'restore.lock';

/** The folders a restore fills. */
function roomsOf(dataDir: string, keysDir: string): string[] {
  return [dataDir, join(keysDir, 'cipher'), join(keysDir, 'core')];
}

/** One restore of a folder at a time, also where nothing is replaced. @throws a sentence when there is one */
export async function lockRestores(dataDir: string): Promise<Lock> {
  return lockFolder(dataDir, undefined, LOCK).catch((error: Error) => {
    if (!error.message.startsWith('Another process uses')) throw error;
    throw new Error(`Another restore of ${dataDir} is under way: wait for its end.`, { cause: error });
  });
}

/** Removes what restores left that were killed: their data and copies of keys. The caller has the lock of restores. */
export async function clearStaged(dataDir: string, keysDir: string): Promise<string[]> {
  return removeAll(await found(dataDir, keysDir, STAGED));
}

/** The same where nobody restores, for a box that starts; what it may not touch stays. */
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

/** What was there before restores, and is kept until somebody says that it is not needed. */
export function foldersBeforeRestores(dataDir: string, keysDir: string): Promise<string[]> {
  return found(dataDir, keysDir, BEFORE);
}

export async function removeAll(paths: string[]): Promise<string[]> {
  for (const path of paths) await rm(path, { recursive: true, force: true });
  return paths;
}

/** Names that are no part of what a restore replaces: locks, and what restores keep. */
export function belongsToRestores(name: string): boolean {
  return name.startsWith(LOCK) || STAGED.test(name) || BEFORE.test(name);
}

async function found(dataDir: string, keysDir: string, form: RegExp): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of roomsOf(dataDir, keysDir)) {
    const names = await realDisk.list(folder).catch(() => []);
    paths.push(...names.filter((name) => form.test(name)).map((name) => join(folder, name)));
  }
  return paths;
}
