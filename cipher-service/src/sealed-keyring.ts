import { createSecretKey, type KeyObject, randomBytes, scryptSync } from 'node:crypto';
import { DidNotOpen, StartRefused } from './errors.ts';
import { decryptGcm, encryptGcm, NONCE_BYTES } from './gcm.ts';
import { encodeFields, parseEnvelope, printEnvelope } from './seal.ts';
import { exactly } from './shape.ts';

/**
 * The cost of scrypt (RFC 7914), by the version of the file. N = 2^15 needs 32 MB once, at a start: with p = 3 it is worth
 * N = 2^17 with p = 1 (OWASP Password Storage Cheat Sheet), whose 128 MB are more than this service has.
 */
const COSTS = { 2: { N: 2 ** 15, r: 8, p: 1 }, 3: { N: 2 ** 15, r: 8, p: 3 } };
const MAX_MEMORY = 64 * 2 ** 20;
const VERSION = 3;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** A keyring file that a passphrase seals: `salt` is base64, `sealed` base64(nonce ‖ ciphertext ‖ tag). */
type SealedFile = { version: keyof typeof COSTS; salt: string; sealed: string };
const isSealedFile = exactly<SealedFile>({
  version: (version) => version === 2 || version === VERSION,
  salt: (salt) => typeof salt === 'string' && Buffer.from(salt, 'base64').length === SALT_BYTES,
  sealed: (sealed) => typeof sealed === 'string',
});

/** The text of a keyring file, sealed with a key that scrypt derives from the passphrase. */
export function sealKeyring(plain: Buffer, passphrase: Buffer): string {
  const salt = randomBytes(SALT_BYTES);
  const key = keyOf(passphrase, salt, VERSION);
  const boxed = encryptGcm(key, randomBytes(NONCE_BYTES), boundTo(), plain);
  const file: SealedFile = { version: VERSION, salt: salt.toString('base64'), sealed: printEnvelope(boxed) };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Whether a passphrase seals these bytes of a keyring file, at the cost of today. */
export function isSealedKeyring(bytes: Buffer): boolean {
  return readSealed(bytes)?.version === VERSION;
}

/**
 * The bytes of a keyring file, opened if a passphrase seals them.
 * @throws StartRefused naming the file and KEYRING_PASSPHRASE_FILE when the passphrase is missing or another one
 */
export function openKeyring(bytes: Buffer, passphrase: Buffer | undefined, file: string): Buffer {
  const found = readSealed(bytes);
  if (!found) return bytes;
  if (!passphrase)
    throw new StartRefused(
      `${file} is sealed with a passphrase: KEYRING_PASSPHRASE_FILE must name its file.`,
    );
  try {
    const key = keyOf(passphrase, Buffer.from(found.salt, 'base64'), found.version);
    return decryptGcm(key, parseEnvelope(found.sealed), boundTo());
  } catch (error) {
    if (!(error instanceof DidNotOpen)) throw error;
    throw new StartRefused(
      `${file} does not open with the passphrase in KEYRING_PASSPHRASE_FILE: it is another one, or the file is damaged.`,
    );
  }
}

function readSealed(bytes: Buffer): SealedFile | undefined {
  try {
    const read: unknown = JSON.parse(bytes.toString('utf8'));
    return isSealedFile(read) ? read : undefined;
  } catch {
    // The message of the error may quote the file.
    return undefined;
  }
}

function keyOf(passphrase: Buffer, salt: Buffer, version: keyof typeof COSTS): KeyObject {
  const key = scryptSync(passphrase, salt, KEY_BYTES, { ...COSTS[version], maxmem: MAX_MEMORY });
  const secret = createSecretKey(key);
  key.fill(0);
  return secret;
}

const boundTo = () => encodeFields(['bisik/keyring/1']);
