import { hash } from 'node:crypto';
import { ApiError } from '../errors.ts';
import type { Account, StoredPasskey } from '../storage/store.ts';
import type { PasskeyAssertion } from '../wire/wire.ts';
import type { Challenges } from './challenges.ts';
import type { RelyingParty } from './relying-party.ts';

/** `relyingParty`: undefined on a box on which browsers allow no passkeys. */
export type PasskeyDeps = { relyingParty: RelyingParty | undefined; challenges: Challenges };

const wrong = () => new ApiError('WRONG_PASSKEY');

/** The relying party. @throws ApiError NO_PASSKEYS */
export function requireRelyingParty({ relyingParty }: Pick<PasskeyDeps, 'relyingParty'>): RelyingParty {
  if (!relyingParty) throw new ApiError('NO_PASSKEYS');
  return relyingParty;
}

/** The account id that an assertion claims: the handle which its passkey stores. It is not signed, so it proves nothing. */
export function claimedAccountId({ userHandle = '' }: Pick<PasskeyAssertion, 'userHandle'>): string {
  return Buffer.from(userHandle, 'base64url').toString();
}

/**
 * Verifies that one of the account's passkeys, by which its owner verified themselves (a fingerprint, a PIN), has just
 * signed a challenge of this box, for a page of it (WebAuthn Level 3 §7.2).
 * @returns the name of what was used, and the account after it, which counts once
 * @throws ApiError WRONG_PASSKEY; `spend` also PASSKEY_COPIED when the counter has not risen
 */
export async function verifyPasskey(
  deps: PasskeyDeps,
  { id: accountId, secondFactor }: Account,
  assertion: PasskeyAssertion,
): Promise<{ used: string; spend(now: Account): Account }> {
  const passkey = findPasskey(secondFactor?.passkeys, assertion.id);
  if (!passkey || !deps.relyingParty) throw wrong();
  if (assertion.userHandle !== undefined && claimedAccountId(assertion) !== accountId) throw wrong();
  const { challengeMadeAt, counter, backedUp } = await verifyAssertion(
    { relyingParty: deps.relyingParty, challenges: deps.challenges },
    passkey,
    assertion,
  );
  return {
    used: `passkey ${hash('sha256', `${passkey.id} ${challengeMadeAt} ${assertion.clientDataJSON}`, 'base64url')}`,
    spend(now) {
      const factors = now.secondFactor;
      const current = findPasskey(factors?.passkeys, passkey.id);
      if (!factors || current?.publicKey !== passkey.publicKey) throw wrong();
      if (challengeMadeAt <= (current.lastChallengeAt ?? 0)) throw wrong();
      // §6.1.1: passkeys that are copied between devices have no counter, and send 0.
      if ((counter > 0 || current.counter > 0) && counter <= current.counter)
        throw new ApiError('PASSKEY_COPIED');
      const spent = { ...current, counter, backedUp, lastChallengeAt: challengeMadeAt };
      const passkeys = factors.passkeys?.map((one) => (one === current ? spent : one)) ?? [];
      return { ...now, secondFactor: { ...factors, passkeys } };
    },
  };
}

async function verifyAssertion(
  { relyingParty, challenges }: { relyingParty: RelyingParty; challenges: Challenges },
  passkey: StoredPasskey,
  { id, clientDataJSON, authenticatorData, signature }: PasskeyAssertion,
): Promise<{ challengeMadeAt: number; counter: number; backedUp: boolean }> {
  // 25 MB, loaded on a box where someone uses a passkey.
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  let challengeMadeAt: number | undefined;
  const response = { clientDataJSON, authenticatorData, signature };
  // The library throws for everything that a forged answer may have wrong, parsing included.
  const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
    response: { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} },
    expectedChallenge: (challenge) => {
      challengeMadeAt = challenges.madeAt(challenge);
      return challengeMadeAt !== undefined;
    },
    expectedOrigin: relyingParty.origins,
    expectedRPID: relyingParty.id,
    requireUserVerification: true,
    // The counter is compared in the transaction, with the stored one of that moment, after the signature.
    credential: { id: passkey.id, publicKey: bytesOf(passkey.publicKey), counter: 0 },
  }).catch((cause: unknown) => {
    throw new ApiError('WRONG_PASSKEY', { cause });
  });
  if (!verified || challengeMadeAt === undefined) throw wrong();
  return { challengeMadeAt, counter: info.newCounter, backedUp: info.credentialBackedUp };
}

export function findPasskey(passkeys: StoredPasskey[] = [], id: string): StoredPasskey | undefined {
  return passkeys.find((one) => one.id === id);
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64url, 'base64url'));
}
