import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';

export const CHALLENGE_LIFETIME_MS = 5 * 60_000;
const NONCE_BYTES = 16;
const TIME_BYTES = 6;
const MAC_BYTES = 32;
const BYTES = NONCE_BYTES + TIME_BYTES + MAC_BYTES;

/**
 * Challenges for a passkey to sign: a random nonce and when it was made, signed and not stored, so strangers who ask for
 * them take no memory. That each counts once is ensured where an answer is used: StoredPasskey.lastChallengeAt.
 */
export type Challenges = {
  issue(): string;
  /** When it was made, in server time; undefined for one that is not of this box, or too old. */
  madeAt(challenge: string): number | undefined;
};

/** @param key of HMAC-SHA-256. @param clock in server time. */
export function createChallenges(key: KeyObject, clock: Clock): Challenges {
  const sign = (payload: Buffer) => createHmac('sha256', key).update('challenge ').update(payload).digest();
  return {
    issue() {
      const payload = Buffer.concat([randomBytes(NONCE_BYTES), Buffer.alloc(TIME_BYTES)]);
      payload.writeUIntBE(clock(), NONCE_BYTES, TIME_BYTES);
      return Buffer.concat([payload, sign(payload)]).toString('base64url');
    },
    madeAt(challenge) {
      const bytes = Buffer.from(challenge, 'base64url');
      if (bytes.length !== BYTES || bytes.toString('base64url') !== challenge) return undefined;
      const payload = bytes.subarray(0, BYTES - MAC_BYTES);
      if (!timingSafeEqual(sign(payload), bytes.subarray(payload.length))) return undefined;
      const madeAt = payload.readUIntBE(NONCE_BYTES, TIME_BYTES);
      return Math.abs(clock() - madeAt) < CHALLENGE_LIFETIME_MS ? madeAt : undefined;
    },
  };
}
