import type { Disk } from './disk.ts';

const CHUNK_BYTES = 64 * 1024;

/** Fills a file with zeros, durably. Parts that are already zero are not written. */
export async function zeroFill(disk: Disk, path: string): Promise<void> {
  const bytes = await disk.read(path);
  if (!bytes) return;
  const zeros = Buffer.alloc(CHUNK_BYTES);
  const dirty: number[] = [];
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
    const chunk = bytes.subarray(offset, offset + CHUNK_BYTES);
    if (!chunk.equals(zeros.subarray(0, chunk.length))) dirty.push(offset);
  }
  if (dirty.length === 0) return;
  const file = await disk.open(path, 'update');
  try {
    for (const offset of dirty)
      await file.write(zeros.subarray(0, Math.min(CHUNK_BYTES, bytes.length - offset)), offset);
    await file.sync();
  } finally {
    await file.close();
  }
}
