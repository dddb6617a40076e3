/** Preloaded by `--import`: while there is a file at the path FULL_WHILE, every write fails as on a disk that is full. */
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const mark = process.env.FULL_WHILE ?? '';
const file = await open(fileURLToPath(import.meta.url));
const handles: { write(...args: unknown[]): Promise<unknown> } = Object.getPrototypeOf(file);
await file.close();

const { write } = handles;
handles.write = function (this: FileHandle, ...args) {
  if (!existsSync(mark)) return write.apply(this, args);
  return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
};
