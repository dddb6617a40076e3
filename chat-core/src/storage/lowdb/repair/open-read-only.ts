import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NO_OFF_TIMES } from '../../../off-time.ts';
import type { BoxRows } from '../../box-rows.ts';
import type { StorageKey } from '../disk/authenticator.ts';
import { type Disk, realDisk } from '../disk/disk.ts';
import { keyedDisk } from '../disk/keyed-disk.ts';
import { lockFolder } from '../disk/lock.ts';
import { load } from '../maintenance/load.ts';
import { History } from '../pages/history.ts';
import { MessagePages } from '../pages/message-pages.ts';
import { Pictures } from '../pages/pictures.ts';

export type ReadOnlyDatabase = BoxRows & { history: History; pictures: Pictures };

/** Runs `work` while no chat-core can use the folder. @throws a sentence when one does, or when there is no database */
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

/** Loads a database without changing a byte of it. @throws CorruptionError */
export async function openReadOnly(
  folder: string,
  disk: Disk = realDisk,
  key?: StorageKey,
): Promise<ReadOnlyDatabase> {
  const view = keyedDisk(readOnly(disk), folder, key);
  const { state, last, revision, meta } = await load(view, folder, {
    fileBytes: undefined,
    warn: () => {},
    isReadOnly: true,
  });
  const history = new History(state, new MessagePages(view, join(folder, 'messages')));
  const { epoch, settings, sealedWith, offTimes = NO_OFF_TIMES } = meta.current;
  const pictures = new Pictures(view, join(folder, 'pictures'));
  return { state, history, pictures, epoch, revision, last, settings, sealedWith, offTimes };
}

/**
 * A read-only view of a disk. Newly created files stay in memory, so that the result of a migration can be read; writes
 * into existing files are ignored.
 */
export function readOnly(disk: Disk): Disk {
  const written = new Map<string, Buffer>();
  const ignore = async () => {};
  return {
    open: async (path, mode) => {
      if (mode !== 'create') return { write: ignore, sync: ignore, close: ignore };
      written.set(path, Buffer.alloc(0));
      const write = async (bytes: Uint8Array, position: number) => {
        written.set(
          path,
          Buffer.concat([(written.get(path) ?? Buffer.alloc(0)).subarray(0, position), bytes]),
        );
      };
      return { write, sync: ignore, close: ignore };
    },
    read: async (path) => written.get(path) ?? (await disk.read(path)),
    readRange: (path, offset, length) => disk.readRange(path, offset, length),
    size: (path) => disk.size(path),
    space: (path) => disk.space(path),
    list: (path) => disk.list(path),
    rename: async (from, to) => {
      const moved = written.get(from);
      written.delete(from);
      if (moved) written.set(to, moved);
    },
    remove: ignore,
    makeFolder: ignore,
    syncFolder: ignore,
  };
}
