import { constants, readFile } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Logs a warning for the operator of the box. */
export type Warn = (message: string, details: object) => void;

/** An open file. Positions and lengths are in bytes. */
export interface DiskFile {
  /** Writes all of `bytes` at `position`, or throws. Not durable before `sync`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes all writes durable (fdatasync). After an error the content of the file cannot be trusted. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Bytes of a volume: those that an unprivileged process may still write, and all of them; and how many more files it can
 * hold, absent where the file system has no such limit.
 */
export type DiskSpace = { free: number; total: number; freeFiles?: number };

/**
 * `create` creates an empty file, or truncates an existing one; `update` opens an existing file; `durable` too, for many
 * small writes: where the system supports it, each write is durable when it returns, and `sync` does nothing.
 */
export type OpenMode = 'create' | 'update' | 'durable';

/** All file operations of the storage, so that tests can use a disk that fails. */
export interface Disk {
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** The content of a file, undefined when there is none. */
  read(path: string): Promise<Buffer | undefined>;
  /** Up to `length` bytes of a file from `offset` on, fewer at its end; undefined when there is none. */
  readRange(path: string, offset: number, length: number): Promise<Buffer | undefined>;
  /** The size of a file in bytes, undefined when there is none. */
  size(path: string): Promise<number | undefined>;
  /** How much room the volume of a folder has. */
  space(folder: string): Promise<DiskSpace>;
  /** The names in a folder, sorted; empty when there is no folder. */
  list(folder: string): Promise<string[]>;
  /** Renames a file. Not durable before `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file if it exists. Not durable before `syncFolder`. */
  remove(path: string): Promise<void>;
  /** Creates a folder and its parents if they do not exist, flags, accessible to the owner only. */
  makeFolder(path: string): Promise<void>;
  /** Makes the names in a folder durable: of files created, renamed and removed. */
  syncFolder(path: string): Promise<void>;
}

/**
 * The flags for synchronized writes (POSIX O_DSYNC): the guarantee of write and fdatasync with one call on one thread
 * instead of two. Windows has no such flag.
 */
const DSYNC_FLAGS: number | undefined = constants.O_DSYNC && constants.O_RDWR | constants.O_DSYNC;

/** The disk of this machine. */
export const realDisk: Disk = {
  open: async (path, mode) => {
    const flags = mode === 'durable' ? DSYNC_FLAGS : undefined;
    return fileOf(await open(path, flags ?? (mode === 'create' ? 'w' : 'r+'), 0o600), flags !== undefined);
  },
  // With callbacks: file handles and promises cost a page as much as the system calls.
  read: (path) =>
    new Promise((resolve, reject) => {
      readFile(path, (error, bytes) => {
        if (!error) resolve(bytes);
        else if (isMissing(error)) resolve(undefined);
        else reject(error);
      });
    }),
  readRange: async (path, offset, length) => {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const bytes = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    } finally {
      await file.close();
    }
  },
  size: async (path) => {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  space: async (folder) => {
    const { bavail, blocks, bsize, files, ffree } = await statfs(folder);
    return { free: bavail * bsize, total: blocks * bsize, ...(files > 0 && { freeFiles: ffree }) };
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
    // mkdir returns the first folder that it created, as an absolute path.
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
        // A write of zero bytes means that the device is full; to repeat it would loop for ever.
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
