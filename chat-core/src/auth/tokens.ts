import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Caller } from '../http/route.ts';
import { readKeyFile } from '../key-file.ts';

const ISSUER = 'bisik';
const LIFETIME_SECONDS = 30 * 24 * 3600;
const KEY_BYTES = 32;
/** A token has about 330 characters; longer ones are not parsed. */
const MAX_LENGTH = 1024;

/** Exactly three parts in base64url (RFC 7515 §3.1). */
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Verified tokens in memory, some 3 MB: a signature is computed once, not at each poll. */
const MAX_VERIFIED = 5000;

/** `exp` is in epoch seconds. */
type Verified = { caller: Caller; exp: number };

export type Tokens = {
  sign(caller: Omit<Caller, 'issuedAt'>): string;
  /** The caller whom a valid token names, else undefined. Synchronous: see docs/decisions. */
  verify(token: string): Caller | undefined;
  /** A key for another purpose than tokens, derived from their key by HKDF (RFC 5869). */
  deriveKey(purpose: string): KeyObject;
};

/**
 * Signs and verifies JWTs with one algorithm, HS256 (RFC 7519, RFC 8725 §3.1), for 30 days.
 * @param secret 32 random bytes. @throws when it has another length.
 */
export function openTokens(secret: Buffer, clock: Clock): Tokens {
  if (secret.length !== KEY_BYTES)
    throw new Error(`The token key has ${secret.length} bytes instead of ${KEY_BYTES}.`);
  const key = createSecretKey(secret);
  const verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED });
  const seconds = () => Math.floor(clock() / 1000);
  return {
    deriveKey: (purpose) =>
      createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `bisik/${purpose}/1`, KEY_BYTES))),
    sign: ({ userId, deviceId, version }) =>
      jsonwebtoken.sign(
        {
          sub: userId,
          sid: deviceId,
          ver: version,
          iat: seconds(),
          exp: seconds() + LIFETIME_SECONDS,
          iss: ISSUER,
          aud: ISSUER,
        },
        key,
        { algorithm: 'HS256' },
      ),
    verify: (token) => {
      const known = verified.get(token);
      if (known) return known.exp > seconds() ? known.caller : undefined;
      if (token.length > MAX_LENGTH || !SHAPE.test(token)) return undefined;
      try {
        const read = readClaims(
          jsonwebtoken.verify(token, key, {
            algorithms: ['HS256'],
            issuer: ISSUER,
            audience: ISSUER,
            clockTimestamp: seconds(),
          }),
        );
        if (read) verified.set(token, read);
        return read?.caller;
      } catch {
        return undefined;
      }
    },
  };
}

/** Reads `KEYS_DIR/core/token.key`. @throws with a sentence when it is missing or damaged. */
export function readTokenKey(keysDir: string): Buffer {
  const key = readKeyFile(keysDir, 'token.key');
  if (key.length !== KEY_BYTES) {
    throw new Error(
      `KEYS_DIR ${keysDir}: core/token.key has ${key.length} bytes instead of ${KEY_BYTES}: restore it from a backup, or remove it and start anew, and everybody logs in again.`,
    );
  }
  return key;
}

function readClaims(claims: unknown): Verified | undefined {
  if (typeof claims !== 'object' || claims === null) return undefined;
  const { sub, sid, ver, iat, exp } = claims as Record<string, unknown>;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof ver !== 'number') return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  return { caller: { userId: sub, deviceId: sid, version: ver, issuedAt: iat }, exp };
}
