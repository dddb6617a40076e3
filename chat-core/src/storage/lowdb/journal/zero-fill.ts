import type { Disk } from '../disk/disk.ts';

const CHUNK_BYTES = 64 * 1024;

/** Fills a file with zeros, durably; where it has nothing else it is not written. */
export async function zeroFill(disk: Disk, path: string): Promise<void> {
  const bytes = await disk.read(path);
  if (!bytes) return;
  const zeros = Buffer.alloc(CHUNK_BYTES);
  const dirty: number[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    if (!chunk.equals(zeros.subarray(0, chunk.length))) dirty.push(at);
  }
  if (dirty.length === 0) return;
  const file = await disk.open(path, 'update');
  try {
    for (const at of dirty) await file.write(zeros.subarray(0, Math.min(CHUNK_BYTES, bytes.length - at)), at);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a file of zeros, whose blocks are all there. */
export async function createZeroFilled(disk: Disk, path: string, size: number): Promise<void> {
  const file = await disk.open(path, 'create');
  try {
    const zeros = Buffer.alloc(256 * 1024);
    for (let at = 0; at < size; at += zeros.length) {
      await file.write(zeros.subarray(0, Math.min(zeros.length, size - at)), at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
