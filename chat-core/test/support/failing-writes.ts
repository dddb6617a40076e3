/** Preloaded by `--import`: while there is a file at the path FULL_WHILE, every write fails as on a disk that is full. */
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const { FULL_WHILE } = process.env;
if (!FULL_WHILE) throw new Error('FULL_WHILE names no file');
const file = await open(fileURLToPath(import.meta.url));
const handles: { write(...args: unknown[]): Promise<unknown> } = Object.getPrototypeOf(file);
await file.close();

const { write } = handles;
handles.write = function (this: FileHandle, ...args) {
  if (!existsSync(FULL_WHILE)) return write.apply(this, args);
  return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
};
