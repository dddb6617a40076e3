import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';

const LIFETIME_MS = 10 * 60_000;
const NONCE_BYTES = 16;
const EXPIRY_BYTES = 6;
const MAC_BYTES = 32;
const BYTES = NONCE_BYTES + EXPIRY_BYTES + MAC_BYTES;

/**
 * Tickets: a session whose person has just proved who they are may change how they log in, for 10 minutes. They are not
 * stored: a ticket is a random nonce and its expiry, signed for the account, the device and the token version, so it
 * ends with its session and with a change of the password.
 */
export type Tickets = {
  issue(caller: Caller): { ticket: string; expiresAt: number };
  /** @throws ApiError REAUTHENTICATION_REQUIRED for one that is wrong, expired or of another session */
  check(caller: Caller, ticket: string): void;
  /**
   * Secret bytes that are the same whenever this ticket is used again: what is made with a ticket needs no storage before
   * it is confirmed, and a repeated request gets the same answer.
   */
  derive(ticket: string, purpose: string, bytes: number): Buffer;
};

/** @param key of HMAC-SHA-256. @param clock in server time. */
export function createTickets(key: KeyObject, clock: Clock): Tickets {
  const sign = ({ userId, deviceId, version }: Caller, payload: Buffer) =>
    createHmac('sha256', key).update(`ticket ${userId} ${deviceId} ${version} `).update(payload).digest();
  return {
    issue(caller) {
      const expiresAt = clock() + LIFETIME_MS;
      const payload = Buffer.concat([randomBytes(NONCE_BYTES), Buffer.alloc(EXPIRY_BYTES)]);
      payload.writeUIntBE(expiresAt, NONCE_BYTES, EXPIRY_BYTES);
      return { ticket: Buffer.concat([payload, sign(caller, payload)]).toString('base64url'), expiresAt };
    },
    check(caller, ticket) {
      const bytes = Buffer.from(ticket, 'base64url');
      const isWhole = bytes.length === BYTES && bytes.toString('base64url') === ticket;
      const payload = bytes.subarray(0, BYTES - MAC_BYTES);
      if (
        !isWhole ||
        !timingSafeEqual(sign(caller, payload), bytes.subarray(payload.length)) ||
        payload.readUIntBE(NONCE_BYTES, EXPIRY_BYTES) <= clock()
      )
        throw new ApiError('REAUTHENTICATION_REQUIRED');
    },
    derive: (ticket, purpose, bytes) =>
      createHmac('sha512', key).update(`${purpose} ${ticket}`).digest().subarray(0, bytes),
  };
}
