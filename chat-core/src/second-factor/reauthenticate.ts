import { matchesPassword } from '../auth/passwords.ts';
import { isCurrent } from '../auth/sessions.ts';
import { ApiError } from '../errors.ts';
import type { Caller } from '../http/route.ts';
import type { Account, Store } from '../storage/store.ts';
import type { Id, Reauthenticate, ReauthenticateAnswer, SecondFactor } from '../wire/wire.ts';
import type { Tickets } from './tickets.ts';
import { spendFactor, type VerifyDeps, verifySecondFactor } from './verify.ts';

/**
 * Confirms that the person at this device knows the password and has the second factor, if the account has one, or has a
 * passkey of it, which verifies its owner itself: a ticket
 * for changing how one logs in (OWASP ASVS 5.0 7.5.1). The same attempt repeated with the same code gets another ticket.
 * @throws ApiError WRONG_PASSWORD, SECOND_FACTOR_REQUIRED, WRONG_SECOND_FACTOR, WRONG_PASSKEY, PASSKEY_COPIED, TOO_MANY_REQUESTS, CIPHER_UNAVAILABLE,
 *   NO_SUCH_ACCOUNT; UNAUTHENTICATED when the session has ended in between
 */
export async function reauthenticate(
  deps: VerifyDeps & { store: Store; tickets: Tickets },
  caller: Caller,
  { password, secondFactor: input, attemptId }: Reauthenticate,
  address: string,
): Promise<ReauthenticateAnswer> {
  const account = await deps.store.account(caller.userId);
  if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
  const owner = { account: caller.userId, network: address };
  const isByPasskey = password === undefined && input !== undefined && 'passkey' in input;
  if (!isByPasskey && !(await matchesPassword(password ?? '', account, owner)))
    throw new ApiError('WRONG_PASSWORD');
  if (isByPasskey && !account.secondFactor) throw new ApiError('WRONG_PASSKEY');
  return issueTicket(deps, caller, account, { input, attemptId, address }, (now) => {
    if (now.password !== account.password) throw new ApiError('WRONG_PASSWORD');
  });
}

/**
 * A ticket for a person who has proven who they are, once the second factor is right too. `stillHolds` throws when what was
 * proven does not hold any more. @throws ApiError as `reauthenticate`
 */
export async function issueTicket(
  deps: VerifyDeps & { store: Store; tickets: Tickets },
  caller: Caller,
  account: Account,
  { input, attemptId, address }: { input: SecondFactor | undefined; attemptId: Id; address: string },
  stillHolds: (now: Account) => void,
): Promise<ReauthenticateAnswer> {
  const { store, tickets } = deps;
  const last = account.devices.find(({ id }) => id === caller.deviceId)?.reauthenticated;
  const usedBefore = last?.attemptId === attemptId ? last.factorUsed : undefined;
  const verified = await verifySecondFactor(deps, account, { input, address, usedBefore });
  if (verified) {
    await store.transact(async (tx) => {
      const now = await tx.account(caller.userId);
      if (!now || !isCurrent(now, caller, store.time.now())) throw new ApiError('UNAUTHENTICATED');
      stillHolds(now);
      const reauthenticated = { attemptId, factorUsed: verified.used };
      const device = now.devices.find(({ id }) => id === caller.deviceId);
      const { attemptId: before, factorUsed } = device?.reauthenticated ?? {};
      if (before === attemptId && factorUsed === verified.used) return;
      const spent = spendFactor(now, verified);
      const devices = spent.devices.map((one) =>
        one.id === caller.deviceId ? { ...one, reauthenticated } : one,
      );
      await tx.saveAccount({ ...spent, devices });
    });
  }
  const { ticket, expiresAt } = tickets.issue(caller);
  return { ticket, expiresAt: store.time.toWall(expiresAt) };
}
