import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { StartRefused } from './errors.ts';

/** ASVS 5.0 6.2.1 asks for 8; nobody types this one each day. */
const MIN_BYTES = 12;

/**
 * The passphrase of the keyring, in the file that KEYRING_PASSPHRASE_FILE names, without a line feed at its end; undefined
 * where it names none. On the device of the keys it protects nothing, since one thief takes both.
 * @throws StartRefused naming the variable when the file cannot be read, is too short, or is on the device of the keys
 */
export function readPassphrase(
  config: Pick<Config, 'keysDir' | 'passphraseFile' | 'isSameDeviceAllowed'>,
): Buffer | undefined {
  const { keysDir, passphraseFile: file, isSameDeviceAllowed } = config;
  if (file === undefined) return undefined;
  const bytes = read(file);
  const isEnded = bytes.at(-1) === 0x0a;
  const passphrase = isEnded ? bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1) : bytes;
  if (passphrase.length < MIN_BYTES)
    throw new StartRefused(`KEYRING_PASSPHRASE_FILE must hold at least ${MIN_BYTES} characters.`);
  const keys = statSync(join(keysDir, 'cipher'), { throwIfNoEntry: false });
  if (keys && keys.dev === statSync(file).dev && !isSameDeviceAllowed)
    throw new StartRefused(
      'KEYRING_PASSPHRASE_FILE is on the device of the keys, where one thief takes both: put it on another one, such as a USB stick, or set KEYRING_PASSPHRASE_SAME_DEVICE=yes.',
    );
  return passphrase;
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new StartRefused(`KEYRING_PASSPHRASE_FILE ${file} cannot be read by this user.`, { cause });
  }
}
