import { timingSafeEqual } from 'node:crypto';
import { hashCode, newCode, spell } from '../codes.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store, Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** 128 bits cannot be guessed. */
const CODE_BYTES = 16;

/** The one-time code of this process that makes its first user an owner, while no account is one. */
export type OwnerClaim = {
  /** In groups of four, to be read and typed. */
  code: string;
  /** Takes the code for a person; another person cannot take it any more, unless it is given back. */
  take(userId: Id, typed: string): boolean;
  giveBack(userId: Id): void;
};

export function createOwnerClaim(code = newCode(CODE_BYTES)): OwnerClaim {
  const right = Buffer.from(hashCode('owner', code));
  let takenBy: Id | undefined;
  return {
    code: spell(code.replace(/-/g, '')),
    take(userId, typed) {
      if (!timingSafeEqual(Buffer.from(hashCode('owner', typed)), right)) return false;
      takenBy ??= userId;
      return takenBy === userId;
    },
    giveBack(userId) {
      if (takenBy === userId) takenBy = undefined;
    },
  };
}

/** What the start of a box without an owner prints: not as a field of the log, which is collected. */
export function ownerSentence({ code }: OwnerClaim): string {
  return `This box has no owner yet. Log in, open Settings, and enter this code, which works once: ${code} (npm run owner prints it again).`;
}

/** The ids of all owners, suspended ones too. In memory; it costs a look at each account. */
export function ownerIds(store: Pick<Store, 'allIds' | 'signedIn'>): Id[] {
  return store.allIds().accounts.filter((id) => store.signedIn(id)?.owner);
}

/**
 * Makes a person an owner by the code of this process, while no account is one. Repeating it, as an owner, changes nothing.
 * @returns whether the person was none @throws ApiError WRONG_OWNER_CODE, alike for a wrong code and a box that has an owner; NO_SUCH_ACCOUNT
 */
export async function claimOwnership(
  store: Store,
  claim: OwnerClaim,
  userId: Id,
  code: string,
): Promise<boolean> {
  if (store.signedIn(userId)?.owner) return false;
  if (!claim.take(userId, code) || ownerIds(store).length > 0) throw new ApiError('WRONG_OWNER_CODE');
  try {
    await store.transact(async (tx) => {
      const account = await tx.account(userId);
      if (!account || account.deletedAt !== undefined || account.suspended)
        throw new ApiError('NO_SUCH_ACCOUNT');
      const { reset: _, ...rest } = account;
      if (!account.owner) await saveNotified(tx, { ...rest, owner: true });
    });
  } catch (error) {
    claim.giveBack(userId);
    throw error;
  }
  return true;
}

/** Saves an account and notifies the person's devices, which then load `me` again. */
export async function saveNotified(tx: Tx, account: Account): Promise<void> {
  await tx.saveAccount(account);
  await tx.saveProfile(account.id, account.profile ?? { edit: 0 }, { isShown: false });
}

/** @throws ApiError LAST_OWNER when no owner who may log in would be left without this person */
export async function requireAnotherOwner(
  store: Pick<Store, 'allIds' | 'signedIn'>,
  tx: Tx,
  userId: Id,
): Promise<void> {
  for (const id of ownerIds(store)) {
    if (id === userId) continue;
    const other = await tx.account(id);
    if (other?.owner && !other.suspended) return;
  }
  throw new ApiError('LAST_OWNER');
}
