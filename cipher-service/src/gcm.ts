import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { DidNotOpen } from './errors.ts';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

export type Boxed = { nonce: Buffer; ciphertext: Buffer; tag: Buffer };

/**
 * AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag.
 * A nonce must never meet the same key twice: only `seal` calls this in the service, with a random one.
 */
export function encryptGcm(key: KeyObject, nonce: Buffer, aad: Buffer, plaintext: Buffer): Boxed {
  if (nonce.length !== NONCE_BYTES) throw new RangeError('A nonce has 12 bytes.');
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { nonce, ciphertext, tag: cipher.getAuthTag() };
}

/**
 * The plaintext, once the tag is proved.
 * @throws DidNotOpen for every reason alike
 */
export function decryptGcm(key: KeyObject, { nonce, ciphertext, tag }: Boxed, aad: Buffer): Buffer {
  // Node takes nonces of other lengths; only these are ours.
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) throw new DidNotOpen();
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(tag);
  // update() gives bytes nobody has vouched for: they leave only when final() has returned.
  const unproved = decipher.update(ciphertext);
  try {
    return Buffer.concat([unproved, decipher.final()]);
  } catch {
    unproved.fill(0);
    throw new DidNotOpen();
  }
}
