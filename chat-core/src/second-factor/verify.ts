import { totpBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { ApiError, type ErrorCode, type FactorKind } from '../errors.ts';
import type { Limiter } from '../http/limiter.ts';
import { withRateLimit } from '../http/rate-limits.ts';
import { type PasskeyDeps, verifyPasskey } from '../passkeys/verify-passkey.ts';
import type { Account, StoredSecondFactor } from '../storage/store.ts';
import type { SecondFactor } from '../wire/wire.ts';
import { hashOfRecoveryCode } from './recovery-codes.ts';
import { isUnusedStep, stepOfCode } from './totp.ts';

/** `wall`: the wall clock, which authenticator apps go by. */
export type VerifyDeps = PasskeyDeps & { cipher: Cipher; limits: Limiter; wall: Clock };

/** What a caller presents, whose password was right. `usedBefore`: what the same attempt used before, if it is a repeat. */
export type Presented = {
  input: SecondFactor | undefined;
  address: string;
  usedBefore: string | undefined;
};

/** A second factor that is right. */
export type VerifiedFactor = {
  /** Names what was used: stored with what it allowed, so that a repeat is recognised. */
  used: string;
  /**
   * The account after this use, which counts once; called in the transaction that commits what it allowed, unless this is
   * a repeat. @throws ApiError WRONG_SECOND_FACTOR when it was used or changed in between
   */
  spend(now: Account): Account;
};

/** What a route may answer that verifies a second factor. */
export const FACTOR_ERRORS: ErrorCode[] = [
  'SECOND_FACTOR_REQUIRED',
  'WRONG_SECOND_FACTOR',
  'WRONG_PASSKEY',
  'PASSKEY_COPIED',
  'CIPHER_UNAVAILABLE',
];
const WRONG: ErrorCode[] = ['WRONG_SECOND_FACTOR', 'WRONG_PASSKEY'];

const wrong = () => new ApiError('WRONG_SECOND_FACTOR');
const isWrong = ({ error }: { error?: unknown }) => error instanceof ApiError && WRONG.includes(error.code);

/**
 * Verifies the second factor of an account; undefined when it has none. Call it only after the right password: it tells
 * which factors there are, and so no one without the password can use up the tries. Wrong ones count per account and
 * address; those of six digits also per account, a few a day, while recovery codes, which no one guesses, stay open to
 * the owner.
 * @throws ApiError SECOND_FACTOR_REQUIRED without one, WRONG_SECOND_FACTOR, WRONG_PASSKEY, TOO_MANY_REQUESTS, CIPHER_UNAVAILABLE
 */
export async function verifySecondFactor(
  deps: VerifyDeps,
  account: Account,
  presented: Presented,
): Promise<VerifiedFactor | undefined> {
  const { secondFactor, id } = account;
  if (!secondFactor) return undefined;
  const { input, address, usedBefore } = presented;
  const { limits } = deps;
  if (!input) {
    // Each has cost a password hash, and counts neither as a wrong login nor as a right one.
    await limits.consume('logins', `half ${id} ${address}`);
    throw new ApiError('SECOND_FACTOR_REQUIRED', { factors: kindsOf(secondFactor) });
  }
  return withRateLimit(limits, ['factors', `${id} ${address}`], isWrong, async () => {
    if ('recoveryCode' in input) return verifyRecoveryCode(secondFactor, input.recoveryCode, usedBefore);
    if ('passkey' in input) return verifyPasskey(deps, account, input.passkey);
    return withRateLimit(limits, ['factorGuesses', id], isWrong, () => verifyTotp(deps, account, input.totp));
  });
}

/** @throws ApiError SECOND_FACTOR_REQUIRED when the account got a second factor after its absence was verified */
export function spendFactor(now: Account, verified: VerifiedFactor | undefined): Account {
  if (verified) return verified.spend(now);
  if (now.secondFactor) throw new ApiError('SECOND_FACTOR_REQUIRED', { factors: kindsOf(now.secondFactor) });
  return now;
}

function kindsOf({ totp, passkeys, recovery }: StoredSecondFactor): FactorKind[] {
  return [
    ...(totp ? ['totp' as const] : []),
    ...(passkeys?.length ? ['passkey' as const] : []),
    ...(recovery.hashes.length > 0 ? ['recoveryCode' as const] : []),
  ];
}

async function verifyTotp(
  { cipher, wall }: VerifyDeps,
  { id, secondFactor }: Account,
  code: string,
): Promise<VerifiedFactor> {
  const totp = secondFactor?.totp;
  if (!totp) throw wrong();
  const row = { sealed: totp.secret, binding: totpBinding(id, totp.id) };
  const [secret] = await cipher.openMany([row], { accountId: id });
  // A damaged secret: only a recovery code helps.
  if (secret === undefined) throw new ApiError('CIPHER_UNAVAILABLE');
  const step = stepOfCode(secret, code, wall());
  if (step === undefined) throw wrong();
  return {
    used: `totp ${totp.id} ${step}`,
    spend(now) {
      const current = now.secondFactor?.totp;
      if (!now.secondFactor || current?.id !== totp.id) throw wrong();
      if (!isUnusedStep(step, current.lastStep, wall())) throw wrong();
      return { ...now, secondFactor: { ...now.secondFactor, totp: { ...current, lastStep: step } } };
    },
  };
}

function verifyRecoveryCode(
  { recovery }: StoredSecondFactor,
  code: string,
  usedBefore: string | undefined,
): VerifiedFactor {
  const hash = hashOfRecoveryCode(code);
  const used = `recovery ${hash}`;
  // Hashes of 80 random bits: comparing them leaks nothing of use.
  if (!recovery.hashes.includes(hash) && used !== usedBefore) throw wrong();
  return {
    used,
    spend(now) {
      const factors = now.secondFactor;
      if (!factors?.recovery.hashes.includes(hash)) throw wrong();
      const hashes = factors.recovery.hashes.filter((one) => one !== hash);
      return { ...now, secondFactor: { ...factors, recovery: { ...factors.recovery, hashes } } };
    },
  };
}
