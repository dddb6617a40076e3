import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import jsonwebtoken from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Caller } from '../http/route.ts';
import { readKeyFile } from '../key-file.ts';

const ISSUER = 'bisik';
const LIFETIME_SECONDS = 30 * 24 * 3600;
const KEY_BYTES = 32;
/** The key before the last rotation: as long as its tokens live, it is valid too. */
const PREVIOUS = 'token.previous.key';
export const TOKEN_KEY_FILES: readonly string[] = ['token.key', PREVIOUS];
/** A token has about 330 characters; longer ones are not parsed. */
const MAX_LENGTH = 1024;

/** Exactly three parts in base64url (RFC 7515 §3.1). */
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Verified tokens in memory, some 3 MB: a signature is computed once, not at each poll. */
const MAX_VERIFIED = 5000;

/** `exp` is in epoch seconds. */
type Verified = { caller: Caller; exp: number };

/** 32 random bytes each. Tokens are signed with `current`; those that `previous` has signed are valid too. */
export type TokenKeys = { current: Buffer; previous?: Buffer | undefined };

export type Tokens = {
  sign(caller: Omit<Caller, 'issuedAt'>): string;
  /** The caller whom a valid token names, else undefined. Synchronous: see docs/decisions. */
  verify(token: string): Caller | undefined;
  /** Signs with other keys from now on. */
  use(keys: TokenKeys): void;
  /** A key for another purpose than tokens, derived from their key by HKDF (RFC 5869). */
  deriveKey(purpose: string): KeyObject;
};

/**
 * Signs and verifies JWTs with one algorithm, HS256 (RFC 7519, RFC 8725 §3.1), for 30 days.
 * @throws when a key has another length than 32 bytes
 */
export function openTokens(keys: TokenKeys, clock: Clock): Tokens {
  const verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED });
  const seconds = () => Math.floor(clock() / 1000);
  let [key, ...older] = readKeys(keys);
  const read = (token: string, by: KeyObject): Verified | undefined => {
    try {
      return readClaims(
        jsonwebtoken.verify(token, by, {
          algorithms: ['HS256'],
          issuer: ISSUER,
          audience: ISSUER,
          clockTimestamp: seconds(),
        }),
      );
    } catch {
      return undefined;
    }
  };
  return {
    use: (others) => {
      [key, ...older] = readKeys(others);
      verified.clear();
    },
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
      for (const by of [key, ...older]) {
        const found = read(token, by);
        if (!found) continue;
        verified.set(token, found);
        return found.caller;
      }
      return undefined;
    },
  };
}

/** The newest key first. @throws when one has another length than 32 bytes */
function readKeys({ current, previous }: TokenKeys): [KeyObject, ...KeyObject[]] {
  const read = (secret: Buffer) => {
    if (secret.length !== KEY_BYTES)
      throw new Error(`The token key has ${secret.length} bytes instead of ${KEY_BYTES}.`);
    return createSecretKey(secret);
  };
  return [read(current), ...(previous ? [read(previous)] : [])];
}

/**
 * Reads `KEYS_DIR/core/token.key`, and the key before it, if it was rotated. @throws with a sentence when one is missing or
 * damaged
 */
export function readTokenKeys(keysDir: string): TokenKeys {
  const read = (name: string) => {
    const key = readKeyFile(keysDir, name);
    if (key.length === KEY_BYTES) return key;
    throw new Error(
      `KEYS_DIR ${keysDir}: core/${name} has ${key.length} bytes instead of ${KEY_BYTES}: restore it from a backup, or remove it and start anew, and everybody logs in again.`,
    );
  };
  const isRotated = existsSync(join(keysDir, 'core', PREVIOUS));
  return { current: read('token.key'), ...(isRotated && { previous: read(PREVIOUS) }) };
}

function readClaims(claims: unknown): Verified | undefined {
  if (typeof claims !== 'object' || claims === null) return undefined;
  const { sub, sid, ver, iat, exp } = claims as Record<string, unknown>;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof ver !== 'number') return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  return { caller: { userId: sub, deviceId: sid, version: ver, issuedAt: iat }, exp };
}
