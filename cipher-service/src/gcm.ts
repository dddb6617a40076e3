import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { DidNotOpen } from './errors.ts';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

export type Boxed = { nonce: Buffer; ciphertext: Buffer; tag: Buffer };

/**
 * AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag.
 * A nonce must never be used twice with a key: in the service only `seal` calls this, with a random nonce.
 */
export function encryptGcm(key: KeyObject, nonce: Buffer, aad: Buffer, plaintext: Buffer): Boxed {
  if (nonce.length !== NONCE_BYTES) throw new RangeError('A nonce has 12 bytes.');
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  // GCM encrypts each byte as it comes: final() has none left, and a copy of a chunk of a file would cost memory.
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { nonce, ciphertext, tag: cipher.getAuthTag() };
}

/**
 * Decrypts a ciphertext after its tag is verified.
 * @throws DidNotOpen for every reason
 */
export function decryptGcm(key: KeyObject, { nonce, ciphertext, tag }: Boxed, aad: Buffer): Buffer {
  // Node accepts other lengths of nonces and tags.
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) throw new DidNotOpen();
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(tag);
  // update() returns unverified bytes: they are returned only after final() has verified the tag.
  const unverified = decipher.update(ciphertext);
  try {
    decipher.final();
    return unverified;
  } catch {
    unverified.fill(0);
    throw new DidNotOpen();
  }
}
