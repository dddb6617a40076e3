import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Id } from '../wire/wire.ts';

/** The purpose for which the id of the factor is derived that a ticket turns on. */
export const FACTOR_ID = 'id';
const LIFETIME_MS = 10 * 60_000;
const NONCE_BYTES = 16;
const EXPIRY_BYTES = 6;
const MAC_BYTES = 32;
/** Of the id of a TOTP secret, zeros for an account without one. */
const FACTOR_BYTES = 16;
const BYTES = NONCE_BYTES + EXPIRY_BYTES + FACTOR_BYTES + MAC_BYTES;
const NO_FACTOR = Buffer.alloc(FACTOR_BYTES);

/** The session that a ticket is of. */
export type TicketOwner = Pick<Caller, 'userId' | 'deviceId' | 'version'>;

/**
 * Tickets: a session whose person has just proved who they are may change how they log in, for 10 minutes. They are not
 * stored: a ticket is a random nonce, its expiry and the second factor that was proven, signed for the account, the device
 * and the token version, so it ends with its session, with a change of the password, and when another factor is turned on
 * than it was made with, or made.
 */
export type Tickets = {
  issue(owner: TicketOwner): { ticket: string; expiresAt: number };
  /** @throws ApiError REAUTHENTICATION_REQUIRED for one that is wrong, expired or of another session */
  check(owner: TicketOwner, ticket: string): void;
  /**
   * Secret bytes that are the same whenever this ticket is used again: what is made with a ticket needs no storage before
   * it is confirmed, and a repeated request gets the same answer.
   */
  derive(ticket: string, purpose: string, bytes: number): Buffer;
};

/** @param key of HMAC-SHA-256. @param clock in server time. @param factorOf the id of the TOTP secret of an account, if it has one */
export function createTickets(
  key: KeyObject,
  clock: Clock,
  factorOf: (userId: Id) => string | undefined = () => undefined,
): Tickets {
  const sign = ({ userId, deviceId, version }: TicketOwner, payload: Buffer) =>
    createHmac('sha256', key).update(`ticket ${userId} ${deviceId} ${version} `).update(payload).digest();
  const derive: Tickets['derive'] = (ticket, purpose, bytes) =>
    createHmac('sha512', key).update(`${purpose} ${ticket}`).digest().subarray(0, bytes);
  return {
    issue(owner) {
      const expiresAt = clock() + LIFETIME_MS;
      const payload = Buffer.concat([
        randomBytes(NONCE_BYTES),
        Buffer.alloc(EXPIRY_BYTES),
        factorBytes(factorOf(owner.userId)),
      ]);
      payload.writeUIntBE(expiresAt, NONCE_BYTES, EXPIRY_BYTES);
      return { ticket: Buffer.concat([payload, sign(owner, payload)]).toString('base64url'), expiresAt };
    },
    check(owner, ticket) {
      const bytes = Buffer.from(ticket, 'base64url');
      const isWhole = bytes.length === BYTES && bytes.toString('base64url') === ticket;
      const payload = bytes.subarray(0, BYTES - MAC_BYTES);
      if (
        !isWhole ||
        !timingSafeEqual(sign(owner, payload), bytes.subarray(payload.length)) ||
        payload.readUIntBE(NONCE_BYTES, EXPIRY_BYTES) <= clock()
      )
        throw new ApiError('REAUTHENTICATION_REQUIRED');
      const factor = factorBytes(factorOf(owner.userId));
      const proven = [payload.subarray(-FACTOR_BYTES), derive(ticket, FACTOR_ID, FACTOR_BYTES)];
      if (!factor.equals(NO_FACTOR) && !proven.some((one) => one.equals(factor)))
        throw new ApiError('REAUTHENTICATION_REQUIRED');
    },
    derive,
  };
}

function factorBytes(id: string | undefined): Buffer {
  const bytes = Buffer.from(id ?? '', 'base64url');
  return bytes.length === FACTOR_BYTES ? bytes : NO_FACTOR;
}
