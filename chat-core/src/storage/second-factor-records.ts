import type { Sealed } from '../cipher/cipher.ts';

/**
 * The second factors of an account, at least one besides the recovery codes. An account without this field has none: its
 * password alone logs in.
 */
export type StoredSecondFactor = {
  totp?: StoredTotp;
  /** Each of them logs in alone too. */
  passkeys?: StoredPasskey[];
  /** Hashes of the unused codes; `id` names the set. */
  recovery: { id: string; hashes: string[] };
};

/**
 * A TOTP secret (RFC 6238), sealed: base32 in a text that is bound to the account and to `id`. `lastStep` is the time
 * step of the last code that was used.
 */
export type StoredTotp = { id: string; secret: Sealed; lastStep: number; createdAt: number };

/**
 * A WebAuthn credential: its id and public key (COSE) in base64url, and its signature counter, 0 where the authenticator
 * has none. Times are on the time line of the box. `lastChallengeAt`: when the challenge that it answered last was made,
 * which is also its last use; answers to that challenge and to older ones count no more.
 */
export type StoredPasskey = {
  id: string;
  publicKey: string;
  counter: number;
  transports: string[];
  /** Whether it may be copied to other devices of its owner, and whether it is. */
  canBackUp: boolean;
  backedUp: boolean;
  name: string;
  createdAt: number;
  lastChallengeAt?: number;
};
