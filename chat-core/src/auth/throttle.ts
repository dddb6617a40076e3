import { ApiError, type ErrorCode } from '../errors.ts';
import type { Limits } from '../http/limits.ts';

const WRONG: ErrorCode[] = ['WRONG_CREDENTIALS', 'WRONG_PASSWORD', 'WRONG_RESET_CODE', 'UNAUTHENTICATED'];

/**
 * Counts a guess before it is made, so that many at once cannot slip through together, and gives it back when it was
 * none: narrowly per account and address, so that one stranger cannot lock anybody out, and widely per account from
 * everywhere (NIST SP 800-63B-4 §3.2.2: at most 100). Many strangers together can keep an account from new logins for
 * an hour; its devices stay signed in.
 * @throws ApiError TOO_MANY_REQUESTS, or what `guess` throws
 */
export async function throttled<T>(
  limits: Limits,
  account: string,
  address: string,
  guess: () => Promise<T>,
): Promise<T> {
  const near = `${account} ${address}`;
  limits.take('failures', near);
  let wrong = false;
  try {
    limits.take('guesses', account);
  } catch (error) {
    limits.giveBack('failures', near);
    throw error;
  }
  try {
    return await guess();
  } catch (error) {
    wrong = error instanceof ApiError && WRONG.includes(error.code);
    throw error;
  } finally {
    if (!wrong) {
      limits.giveBack('failures', near);
      limits.giveBack('guesses', account);
    }
  }
}
