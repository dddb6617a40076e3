import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from '../../src/setup.ts';

export type Keys = { dir: string; read(file: string): Buffer; remove(): void };

/** A new empty folder. */
export function emptyKeys(): Keys {
  const dir = mkdtempSync(join(tmpdir(), 'bisik-keys-'));
  return {
    dir,
    read: (file) => readFileSync(join(dir, file)),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** A new folder with all files of a set-up. */
export async function freshKeys(): Promise<Keys> {
  const keys = emptyKeys();
  await setUp(keys.dir);
  return keys;
}

/** A copy of a folder, with the same modes. */
export function copyOf(keys: Keys): Keys {
  const copy = emptyKeys();
  cpSync(keys.dir, copy.dir, { recursive: true });
  return copy;
}
