/** Preloaded by `--import`: while a file exists at the path FULL_WHILE, every write fails with ENOSPC. */
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const flag = process.env.FULL_WHILE ?? '';
const file = await open(fileURLToPath(import.meta.url));
const handles: { write(...args: unknown[]): Promise<unknown> } = Object.getPrototypeOf(file);
await file.close();

const { write } = handles;
handles.write = function (this: FileHandle, ...args) {
  if (!existsSync(flag)) return write.apply(this, args);
  return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
};
