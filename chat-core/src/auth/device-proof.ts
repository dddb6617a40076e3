import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

const NONCE_BYTES = 16;
const MAC_BYTES = 16;
/** Base64url of nonce and MAC. */
const SHAPE = /^[\w-]{43}$/;

/**
 * Proofs that a device has logged in with a name before (a "device cookie",
 * https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies): a random number and its MAC with
 * the name. Nothing is stored of them. A proof is no credential: it gives its device a count of wrong guesses of its own.
 */
export type DeviceProofs = {
  /** A new proof for the device that has just logged in with this name, as `foldName` folds it. */
  issue(name: string): string;
  isValid(name: string, proof: string): boolean;
};

export function createDeviceProofs(key: KeyObject): DeviceProofs {
  const macOf = (nonce: Buffer, name: string) =>
    createHmac('sha256', key).update(nonce).update(name).digest().subarray(0, MAC_BYTES);
  return {
    issue(name) {
      const nonce = randomBytes(NONCE_BYTES);
      return Buffer.concat([nonce, macOf(nonce, name)]).toString('base64url');
    },
    isValid(name, proof) {
      if (!SHAPE.test(proof)) return false;
      const bytes = Buffer.from(proof, 'base64url');
      // The last digit has two bits that mean nothing: each proof has one spelling, and one count of guesses.
      if (bytes.toString('base64url') !== proof) return false;
      const nonce = bytes.subarray(0, NONCE_BYTES);
      return timingSafeEqual(bytes.subarray(NONCE_BYTES), macOf(nonce, name));
    },
  };
}
