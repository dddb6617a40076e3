import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Disk, realDisk } from '../disk/disk.ts';
import { lockFolder } from '../disk/lock.ts';
import { readOnly } from '../disk/read-only.ts';
import { load } from '../maintenance/load.ts';
import { History } from '../pages/history.ts';
import { MessagePages } from '../pages/message-pages.ts';
import type { State } from '../state/state.ts';

export type ReadOnlyDatabase = { state: State; history: History };

/** Runs `work` while no chat-core can use the folder. @throws a sentence when one does, or no database is there */
export async function withFolderLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const isThere = ['meta.json', 'users'].some((name) => existsSync(join(folder, name)));
  if (!isThere) {
    throw new Error(
      existsSync(join(folder, 'db.json'))
        ? `${folder} holds a database of an older form: start chat-core once, or use npm run import.`
        : `There is no database in ${folder}: set DATA_DIR.`,
    );
  }
  const lock = await lockFolder(folder);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** All that a folder holds, without changing a byte of it. @throws CorruptionError */
export async function openReadOnly(folder: string, disk: Disk = realDisk): Promise<ReadOnlyDatabase> {
  const untouched = readOnly(disk);
  const { state } = await load(untouched, folder, { fileBytes: undefined, warn: () => {} });
  return { state, history: new History(state, new MessagePages(untouched, join(folder, 'messages'))) };
}
