import { ApiError } from '../errors.ts';
import type { Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** A store or a transaction. */
type Reader = Pick<Store, 'account'>;

/**
 * For what a transaction gives to the account of its caller, which may have been deleted since the request was let in.
 * @throws ApiError UNAUTHENTICATED
 */
export async function requireLiving(reader: Reader, id: Id): Promise<void> {
  const account = await reader.account(id);
  if (!account || account.deletedAt !== undefined) throw new ApiError('UNAUTHENTICATED');
}

/** Whether two people are friends. */
export async function areFriends(reader: Reader, a: Id, b: Id): Promise<boolean> {
  return (await reader.account(a))?.contacts.includes(b) ?? false;
}

/** Whether either of two people has blocked the other: then neither learns anything of the other. */
export async function isBlocked(reader: Reader, a: Id, b: Id): Promise<boolean> {
  return (await hasBlocked(reader, a, b)) || (await hasBlocked(reader, b, a));
}

/** Whether the first has blocked the second. */
export async function hasBlocked(reader: Reader, by: Id, id: Id): Promise<boolean> {
  return (await reader.account(by))?.blocked?.includes(id) ?? false;
}
