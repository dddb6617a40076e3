import { type Authenticator, authenticatorOf, type StorageKey } from './authenticator.ts';
import type { Disk } from './disk.ts';

/** A disk with what authenticates the database in one of its folders. */
export type KeyedDisk = Disk & { readonly authenticator: Authenticator };

/** Keys a disk for the database in `folder`. */
export function keyedDisk(
  disk: Disk,
  folder: string,
  key: StorageKey | Authenticator | undefined,
): KeyedDisk {
  return {
    authenticator: key && 'policy' in key ? key : authenticatorOf(folder, key),
    open: (path, mode) => disk.open(path, mode),
    read: (path) => disk.read(path),
    readRange: (path, offset, length) => disk.readRange(path, offset, length),
    size: (path) => disk.size(path),
    space: (path) => disk.space(path),
    list: (path) => disk.list(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    makeFolder: (path) => disk.makeFolder(path),
    syncFolder: (path) => disk.syncFolder(path),
  };
}
