import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The bytes of `KEYS_DIR/core/<name>`. @throws a sentence with the variable, the file and a remedy when the file is missing
 * or unreadable
 */
export function readKeyFile(keysDir: string, name: string): Buffer {
  const path = join(keysDir, 'core', name);
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isClosed = code === 'EACCES' || code === 'EPERM';
    throw new Error(
      isClosed
        ? `KEYS_DIR ${keysDir}: this user may not read ${path}: give it to this user (chown).`
        : `KEYS_DIR ${keysDir}: ${path} cannot be read: npm start (in a container: setup) makes it, or restore it from a backup.`,
      { cause },
    );
  }
}
