import { createSecretKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { readKeyFile } from '../../key-file.ts';
import type { StorageKey } from './disk/authenticator.ts';

export const STORAGE_KEY_FILE = 'storage.key';
/** A file beside the key while the data may be of a version without authentication; set-up creates and removes it. */
const ADOPT = 'storage.adopt';
export const STORAGE_KEY_BYTES = 32;

/** Reads `KEYS_DIR/core/storage.key`, which authenticates DATA_DIR. @throws a sentence when it is missing or of a wrong length */
export function readStorageKey(keysDir: string): StorageKey {
  return storageKeyOf(readKeyFile(keysDir, STORAGE_KEY_FILE), existsSync(join(keysDir, 'core', ADOPT)));
}

/** The key of these bytes. @throws Error when they are not 32 */
export function storageKeyOf(bytes: Buffer, mayAdopt: boolean): StorageKey {
  if (bytes.length !== STORAGE_KEY_BYTES)
    throw new Error(`The storage key has ${bytes.length} bytes instead of ${STORAGE_KEY_BYTES}.`);
  return { key: createSecretKey(bytes), mayAdopt };
}

/** Ends the permission to adopt data, once they are authenticated. Where keys are read-only, the next set-up does it. */
export async function endAdoption(keysDir: string): Promise<void> {
  await unlink(join(keysDir, 'core', ADOPT)).catch(() => {});
}
