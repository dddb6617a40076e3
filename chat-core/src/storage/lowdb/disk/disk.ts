import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Logs what the operator of the box should know. */
export type Warn = (message: string, details: object) => void;

/** An open file. Positions and lengths are in bytes. */
export interface DiskFile {
  /** Writes all of `bytes` at `position`, or throws. Not durable before `sync`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes what was written durable (fdatasync). Once it has thrown, nothing of the file can be trusted. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * `create` makes an empty file, or empties one; `update` opens one that exists; `durable` does too, for many small
 * writes: where the system can, each is durable by itself, and `sync` has nothing left to do.
 */
export type OpenMode = 'create' | 'update' | 'durable';

/** Every file operation of the storage goes through here, so that tests can put a disk behind it that fails. */
export interface Disk {
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** The whole file, undefined when there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** Names in a folder, sorted; none when there is no folder. */
  list(folder: string): Promise<string[]>;
  /** Not durable before `syncFolder` of the folder it happens in. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; none is no error. Not durable before `syncFolder`. */
  remove(path: string): Promise<void>;
  /** Makes a folder for its owner alone, durably, with those above it; one that is there is no error. */
  makeFolder(path: string): Promise<void>;
  /** Makes names durable: files created, renamed and removed in this folder. */
  syncFolder(path: string): Promise<void>;
}

/**
 * Synchronized I/O data integrity for each write (POSIX O_DSYNC): what write and fdatasync promise together, by one call
 * of one thread instead of two of two. Windows has no such flag.
 */
const DURABLY: number | undefined = constants.O_DSYNC && constants.O_RDWR | constants.O_DSYNC;

/** The disk of this machine. */
export const realDisk: Disk = {
  open: async (path, mode) => {
    const durably = mode === 'durable' ? DURABLY : undefined;
    return fileOf(
      await open(path, durably ?? (mode === 'create' ? 'w' : 'r+'), 0o600),
      durably !== undefined,
    );
  },
  read: async (path) => {
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  list: async (folder) => {
    try {
      return (await readdir(folder)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  makeFolder: async (path) => {
    // mkdir answers the first folder it made as an absolute path.
    const absolute = resolve(path);
    const first = await mkdir(absolute, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    const above = dirname(first);
    for (let folder = absolute; folder !== above && folder !== dirname(folder); folder = dirname(folder)) {
      await realDisk.syncFolder(dirname(folder));
    }
  },
  syncFolder: async (path) => {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

function fileOf(file: FileHandle, isDurable: boolean): DiskFile {
  return {
    write: async (bytes, position) => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
        // A short write of nothing would loop for ever: the device has no room.
        if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
        done += bytesWritten;
      }
    },
    sync: async () => {
      if (!isDurable) await file.datasync();
    },
    close: () => file.close(),
  };
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
