import { ApiError, type ErrorCode } from '../errors.ts';
import { type RateLimiter, withRateLimit } from '../http/rate-limits.ts';

const WRONG: ErrorCode[] = ['WRONG_CREDENTIALS', 'WRONG_PASSWORD', 'WRONG_RESET_CODE', 'UNAUTHENTICATED'];

/** Whether a guess was one, and wrong. */
const isWrong = ({ error }: { error?: unknown }) => error instanceof ApiError && WRONG.includes(error.code);

const succeeded = ({ error }: { error?: unknown }): boolean => error === undefined;

/**
 * Counts a guess before it is made, so that many at once cannot slip through together, and gives it back when it was
 * none: narrowly per account and address, so that one stranger cannot lock anybody out, and widely per account from
 * everywhere (NIST SP 800-63B-4 §3.2.2: at most 100). Many strangers together can keep an account from new logins for
 * an hour; its devices stay signed in.
 * @throws ApiError TOO_MANY_REQUESTS, or what `guess` throws
 */
export async function throttled<T>(
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
 * The same for who is not signed in: what is wrong counts against the address too, whatever account it is at, what is
 * right against its account alone. A class behind one address logs in together.
 */
export function throttledStranger<T>(
  limits: RateLimiter,
  account: string,
  address: string,
  guess: () => Promise<T>,
): Promise<T> {
  return withRateLimit(limits, ['logins', address], isWrong, () =>
    withRateLimit(limits, ['logins', `right ${account}`], succeeded, () =>
      throttled(limits, account, address, guess),
    ),
  );
}

/**
 * Counts accounts made from an address, and not what was refused. Who brings an open invite counts against that alone: it
 * says how many it lets in, and a class behind one address follows it together.
 */
export function limitedRegistration<T>(
  limits: RateLimiter,
  address: string,
  isInvited: boolean,
  make: () => Promise<T>,
): Promise<T> {
  return isInvited ? make() : withRateLimit(limits, ['registrations', address], succeeded, make);
}
