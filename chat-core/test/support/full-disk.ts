/**
 * Preloaded by `--import`: the folder VOLUME counts as a volume of VOLUME_BYTES. A write that makes a file grow beyond what
 * is free fails with ENOSPC, and statfs says how much that is.
 */
import fs, { fstatSync, readdirSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { VOLUME, VOLUME_BYTES } = process.env;
if (!VOLUME || !VOLUME_BYTES) throw new Error('VOLUME and VOLUME_BYTES name no volume');
const total = Number(VOLUME_BYTES);
const BLOCK = 4096;

const freeBytes = () => {
  let used = 0;
  for (const entry of readdirSync(VOLUME, { recursive: true, withFileTypes: true })) {
    // Another thread may have removed it meanwhile.
    const size = entry.isFile()
      ? statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size
      : 0;
    used += Math.ceil((size ?? 0) / BLOCK) * BLOCK;
  }
  return Math.max(0, total - used);
};

const file = await open(fileURLToPath(import.meta.url));
type Write = (
  this: FileHandle,
  bytes: Uint8Array,
  from: number,
  length: number,
  position: number,
) => Promise<unknown>;
const handles: { write: Write } = Object.getPrototypeOf(file);
await file.close();

const { write } = handles;
handles.write = function (bytes, from, length, position) {
  const growth = position + length - fstatSync(this.fd).size;
  if (growth <= 0 || growth <= freeBytes()) return write.call(this, bytes, from, length, position);
  return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
};

fs.promises.statfs = (async () => ({
  bavail: freeBytes() / BLOCK,
  blocks: total / BLOCK,
  bsize: BLOCK,
})) as unknown as typeof fs.promises.statfs;
syncBuiltinESMExports();
