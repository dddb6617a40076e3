import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { KNOWN_KEY, type StorageKey } from './disk/authenticator.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/** A line that no process can write or read without the storage key, in base64url. */
export type ControlSeal = {
  /** `context`: what the line belongs to, which whoever opens it must name too. */
  seal(context: string, line: string): string;
  /** undefined for what was not sealed with this key and in this context. */
  open(context: string, sealed: string): string | undefined;
};

/** A random text by which one connection to the control socket differs from all others. */
export const newChallenge = (): string => randomBytes(16).toString('base64url');

/** Seals with a key that is derived from the storage key by HKDF (RFC 5869), by AES-256-GCM with random nonces. */
export function controlSealOf({ key }: StorageKey = KNOWN_KEY): ControlSeal {
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'bisik/control-socket/1', KEY_BYTES));
  return {
    seal(context, line) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, derived, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context));
      const sealed = [nonce, cipher.update(line, 'utf8'), cipher.final()];
      return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url');
    },
    open(context, text) {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(ALGORITHM, derived, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const line = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
        return Buffer.concat(line).toString();
      } catch {
        return undefined;
      }
    },
  };
}
