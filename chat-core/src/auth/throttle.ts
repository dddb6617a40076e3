import { ApiError, type ErrorCode } from '../errors.ts';
import { type RateLimiter, withRateLimit } from '../http/rate-limits.ts';

const WRONG: ErrorCode[] = ['WRONG_CREDENTIALS', 'WRONG_PASSWORD', 'WRONG_RESET_CODE', 'UNAUTHENTICATED'];

const isWrong = ({ error }: { error?: unknown }) => error instanceof ApiError && WRONG.includes(error.code);

const succeeded = ({ error }: { error?: unknown }): boolean => error === undefined;

/**
 * Counts a guess before it is checked, so that concurrent ones cannot exceed the limit, and uncounts it unless it was
 * wrong: per account and address, so that one stranger cannot lock out an account, and per account from all addresses (NIST SP
 * 800-63B-4 §3.2.2: at most 100). Many strangers together can block new logins of an account for an hour; its devices
 * stay logged in.
 * @throws ApiError TOO_MANY_REQUESTS, or what `guess` throws
 */
export async function throttleGuess<T>(
  limits: RateLimiter,
  account: string,
  address: string,
  guess: () => Promise<T>,
): Promise<T> {
  return withRateLimit(limits, ['failures', `${account} ${address}`], isWrong, () =>
    withRateLimit(limits, ['guesses', account], isWrong, guess),
  );
}

/**
 * The same for a caller without a session: wrong guesses also count per address, whatever the account, and right ones per
 * account alone, since a whole class may log in from one address.
 */
export function throttleLogin<T>(
  limits: RateLimiter,
  account: string,
  address: string,
  guess: () => Promise<T>,
): Promise<T> {
  return withRateLimit(limits, ['logins', address], isWrong, () =>
    withRateLimit(limits, ['logins', `right ${account}`], succeeded, () =>
      throttleGuess(limits, account, address, guess),
    ),
  );
}

/** Guesses of a code of 80 bits: per name and network, and per network. No stranger uses up those of another network. */
export function throttleCode<T>(
  limits: RateLimiter,
  name: string,
  address: string,
  guess: () => Promise<T>,
): Promise<T> {
  return withRateLimit(limits, ['logins', address], isWrong, () =>
    withRateLimit(limits, ['failures', `${name} ${address}`], isWrong, guess),
  );
}

/**
 * Counts accounts registered from an address; refused attempts do not count. Registrations with an open invite do not
 * count either: the invite has its own limit, and a whole class may redeem it from one address.
 */
export function limitRegistration<T>(
  limits: RateLimiter,
  address: string,
  isInvited: boolean,
  registerAccount: () => Promise<T>,
): Promise<T> {
  return isInvited
    ? registerAccount()
    : withRateLimit(limits, ['registrations', address], succeeded, registerAccount);
}
