import { type LoggedIn, type Sessions, signIn } from '../auth/sessions.ts';
import { ApiError } from '../errors.ts';
import type { Limiter } from '../http/limiter.ts';
import { withRateLimit } from '../http/rate-limits.ts';
import type { PasskeyLogin } from '../wire/wire.ts';
import { claimedAccountId, type PasskeyDeps, verifyPasskey } from './verify-passkey.ts';

const succeeded = ({ error }: { error?: unknown }) => error === undefined;
const isWrong = ({ error }: { error?: unknown }) =>
  error instanceof ApiError && (error.code === 'WRONG_PASSKEY' || error.code === 'PASSKEY_COPIED');

/**
 * Logs in by a passkey alone, which knows its account and has verified its owner: two factors in one. Repeating the attempt
 * finds the same device. Wrong ones count per network, and per network and account as wrong second factors do, whether
 * there is such an account or not; right ones per account.
 * @throws ApiError WRONG_PASSKEY, alike for an unknown account; PASSKEY_COPIED, TOO_MANY_REQUESTS
 */
export async function logInByPasskey(
  deps: Sessions & PasskeyDeps & { limits: Limiter },
  { passkey, deviceName, attemptId }: PasskeyLogin,
  network: string,
): Promise<LoggedIn> {
  const { store, limits } = deps;
  const accountId = claimedAccountId(passkey);
  return withRateLimit(limits, ['logins', network], isWrong, () =>
    withRateLimit(limits, ['factors', `${accountId} ${network}`], isWrong, () =>
      withRateLimit(limits, ['logins', `right passkey ${accountId}`], succeeded, async () => {
        const account = await store.account(accountId);
        if (!account) throw new ApiError('WRONG_PASSKEY');
        const verified = await verifyPasskey(deps, account, passkey);
        return signIn(deps, account, { attemptId, deviceName }, async () => verified, {
          // The passkey is what proves the account: `verified` finds it gone.
          stillHolds(now) {
            if (!now) throw new ApiError('WRONG_PASSKEY');
          },
        });
      }),
    ),
  );
}
