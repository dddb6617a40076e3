import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { v4 as uuid } from 'uuid';
import type { Clock } from '../clock.ts';
import { ApiError, type ErrorCode } from '../errors.ts';
import type { Identity } from '../storage/store.ts';
import type { Id, OidcProof, OidcPurpose } from '../wire/wire.ts';
import type { Checks } from './provider.ts';

/** From the press of the button to the return from the provider. */
const LOGIN_MS = 15 * 60_000;
/** From the return to the end: time to choose a name, or for a second factor. */
const CODE_MS = 10 * 60_000;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a route may answer that redeems a code of the callback. */
export const PROOF_ERRORS: ErrorCode[] = ['OIDC_OFF', 'OIDC_REFUSED', 'OIDC_EXPIRED'];

/** A login that has begun: for what, in which browser (the challenge of its verifier), on which page, and when. */
export type Begun = { id: Id; purpose: OidcPurpose; challenge: string; page: string; at: number };

/** An identity that the provider has proven to the browser that began. `at` is on the time line of the box. */
export type Proof = Identity & { id: Id; at: number };
type SealedProof = Proof & Pick<Begun, 'purpose' | 'challenge'>;

/**
 * The way of a login through two browsers’ addresses, without anything stored: what began is sealed in the `state`, what the
 * provider has proven in the code that the page gets. Both are bound to the SHA-256 of a verifier which the page made and
 * sends with the code alone, so a code is worth nothing in another browser, or to who reads an address.
 */
export type Handover = {
  begin(begun: Pick<Begun, 'purpose' | 'challenge' | 'page'>): Checks & { codeChallenge: string };
  /**
   * What began with this state. @throws ApiError OIDC_REFUSED for a state that is not of this box
   */
  read(state: string): { begun: Begun; checks: Checks; hasExpired: boolean };
  /** The code for the page. */
  codeFor(begun: Begun, identity: Identity): string;
  /** @throws ApiError OIDC_REFUSED for a code of another browser or purpose, OIDC_EXPIRED */
  redeem(proof: OidcProof, purpose: OidcPurpose): Proof;
};

/** @param key of 32 bytes. @param clock in server time. */
export function createHandover(key: KeyObject, clock: Clock): Handover {
  const derive = (purpose: string, id: Id) =>
    createHmac('sha256', key).update(`${purpose} ${id}`).digest('base64url');
  const checksOf = (state: string, { id }: Begun): Checks => ({
    state,
    nonce: derive('nonce', id),
    codeVerifier: derive('verifier', id),
  });
  return {
    begin(input) {
      const begun: Begun = { ...input, id: uuid(), at: clock() };
      const checks = checksOf(seal(key, 'state', begun), begun);
      return { ...checks, codeChallenge: challengeOf(checks.codeVerifier) };
    },
    read(state) {
      const begun = open(key, 'state', state) as Begun;
      return { begun, checks: checksOf(state, begun), hasExpired: clock() - begun.at > LOGIN_MS };
    },
    codeFor: ({ id, purpose, challenge }, { issuer, subject }) =>
      seal(key, 'code', { id, purpose, challenge, issuer, subject, at: clock() } satisfies SealedProof),
    redeem({ code, verifier }, purpose) {
      const { challenge, purpose: sealedPurpose, ...proof } = open(key, 'code', code) as SealedProof;
      const isSame = timingSafeEqual(Buffer.from(challengeOf(verifier)), Buffer.from(challenge));
      if (!isSame || sealedPurpose !== purpose) throw new ApiError('OIDC_REFUSED');
      if (clock() - proof.at > CODE_MS) throw new ApiError('OIDC_EXPIRED');
      return proof;
    },
  };
}

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** JSON under AES-256-GCM, so that addresses show neither who logs in nor what for. */
function seal(key: KeyObject, label: string, content: object): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(label));
  const sealed = [nonce, cipher.update(JSON.stringify(content)), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64url');
}

/** @throws ApiError OIDC_REFUSED */
function open(key: KeyObject, label: string, text: string): unknown {
  const bytes = Buffer.from(text, 'base64url');
  const isWhole = bytes.length > NONCE_BYTES + TAG_BYTES && bytes.toString('base64url') === text;
  if (!isWhole) throw new ApiError('OIDC_REFUSED');
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(label)).setAuthTag(bytes.subarray(-TAG_BYTES));
    const content = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return JSON.parse(Buffer.concat(content).toString());
  } catch {
    throw new ApiError('OIDC_REFUSED');
  }
}
