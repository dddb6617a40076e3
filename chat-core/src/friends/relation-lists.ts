import { ApiError } from '../errors.ts';
import type { Account, Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** The lists of other people in an account: blocked, sent requests (`asked`) and received ones (`askedBy`). */
type List = 'blocked' | 'asked' | 'askedBy';

/** People on each list. */
export const MAX_LISTED: Record<List, number> = { blocked: 1000, asked: 200, askedBy: 200 };

/** The account with this id. @throws ApiError NO_SUCH_USER */
export async function requireAccount(reader: Pick<Tx, 'account'>, id: Id): Promise<Account> {
  const account = await reader.account(id);
  if (!account) throw new ApiError('NO_SUCH_USER', { detail: 'There is no such user.' });
  return account;
}

/** The account with a person added to a list. @throws ApiError LIST_FULL */
export function withListed(account: Account, list: List, id: Id): Account {
  const ids = account[list] ?? [];
  if (ids.length >= MAX_LISTED[list]) throw new ApiError('LIST_FULL');
  return { ...account, [list]: [...ids, id] };
}

/** The account with a person removed from lists; undefined when the person is on none of them. */
export function withoutListed(account: Account, lists: List[], id: Id): Account | undefined {
  const affected = lists.filter((list) => account[list]?.includes(id));
  if (affected.length === 0) return undefined;
  const remaining = affected.map((list) => [list, account[list]?.filter((other) => other !== id)]);
  return { ...account, ...Object.fromEntries(remaining) };
}
