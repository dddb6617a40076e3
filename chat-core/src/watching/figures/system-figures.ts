import { access, constants, readdir, readFile, stat, statfs } from 'node:fs/promises';

/** A volume in bytes; `free` is what this process may use. */
export type Space = { freeBytes: number; totalBytes: number };

const SECTOR_BYTES = 512;

/** The volume of a folder; undefined where there is none. */
export async function readSpace(folder: string): Promise<Space | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}

/**
 * Whether the file system of a folder has become read-only, as the kernel makes it after errors of a card. It is asked and not
 * tried: a box that is idle writes nothing, and would notice only at the next message.
 */
export async function isReadOnly(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EROFS',
  );
}

/**
 * Bytes that this process has caused to be written to storage since its start (Linux, proc(5)); undefined elsewhere. An upper
 * bound: a kernel with large folios counts the whole folio that a write touches, up to hundreds of kilobytes.
 */
export async function readWrittenBytes(): Promise<number | undefined> {
  const text = await readFile('/proc/self/io', 'utf8').catch(() => '');
  const [, bytes] = /^write_bytes: (\d+)$/m.exec(text) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

/**
 * Bytes written to the device of a folder since the machine started, by every program: what wears it. Undefined where the
 * kernel counts none for it, as on overlay file systems.
 */
export async function readDeviceWrittenBytes(folder: string): Promise<number | undefined> {
  try {
    const { dev } = await stat(folder);
    return writtenBytesOf(await readFile('/proc/diskstats', 'utf8'), dev);
  } catch {
    return undefined;
  }
}

/** The bytes written to a device by a text of /proc/diskstats (the kernel's admin-guide/iostats). */
export function writtenBytesOf(diskstats: string, dev: number): number | undefined {
  // Linux packs a device number as in makedev(3).
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  for (const line of diskstats.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (Number(fields[0]) === major && Number(fields[1]) === minor) return Number(fields[9]) * SECTOR_BYTES;
  }
  return undefined;
}

/** How many file descriptors this process has open (Linux); undefined elsewhere. */
export async function countDescriptors(): Promise<number | undefined> {
  return readdir('/proc/self/fd').then(
    (names) => names.length,
    () => undefined,
  );
}

/** The files of a folder and their bytes; 0 where there is none. */
export async function readFolder(folder: string): Promise<{ files: number; bytes: number }> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(`${folder}/${name}`).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { files: names.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
