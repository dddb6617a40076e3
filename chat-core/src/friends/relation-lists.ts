import { ApiError } from '../errors.ts';
import type { Account, Tx } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** The lists of an account that name people its person deals with. */
type List = 'blocked' | 'asked' | 'askedBy';

/** How many people each list holds. */
export const MAX_IN: Record<List, number> = { blocked: 1000, asked: 200, askedBy: 200 };

/** The account of somebody who must be there. @throws ApiError NO_SUCH_USER */
export async function requireAccount(reader: Pick<Tx, 'account'>, id: Id): Promise<Account> {
  const account = await reader.account(id);
  if (!account) throw new ApiError('NO_SUCH_USER', { detail: 'There is no such user.' });
  return account;
}

/** Puts somebody on a list of this account. @throws ApiError LIST_FULL */
export function listed(account: Account, list: List, id: Id): Account {
  const ids = account[list] ?? [];
  if (ids.length >= MAX_IN[list]) throw new ApiError('LIST_FULL');
  return { ...account, [list]: [...ids, id] };
}

/** Takes somebody off lists of this account; undefined when they are on none. */
export function unlisted(account: Account, lists: List[], id: Id): Account | undefined {
  const held = lists.filter((list) => account[list]?.includes(id));
  if (held.length === 0) return undefined;
  const left = held.map((list) => [list, account[list]?.filter((other) => other !== id)]);
  return { ...account, ...Object.fromEntries(left) };
}
