import type { Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { only, type ReactionList } from './reaction-list.ts';

type Reader = Pick<Store, 'account'>;

/** The lists as one person may see them: without people across a block, in either direction, and deleted accounts. */
export async function visibleReactions(
  reader: Reader,
  userId: Id,
  lists: ReactionList[],
): Promise<ReactionList[]> {
  const ids = new Set(lists.flatMap((list) => list.flatMap(([, userIds]) => userIds)));
  if (ids.size === 0) return lists;
  const blocked = new Set((await reader.account(userId))?.blocked);
  for (const id of ids) {
    const account = await reader.account(id);
    const isShown = account && account.deletedAt === undefined && !account.blocked?.includes(userId);
    if (!isShown || blocked.has(id)) ids.delete(id);
  }
  return lists.map((list) => only(list, (id) => ids.has(id)));
}

/** The list without accounts that were deleted: a change stores no reaction of them any more. */
export async function withoutDeleted(reader: Reader, list: ReactionList): Promise<ReactionList> {
  const ids = new Set(list.flatMap(([, userIds]) => userIds));
  for (const id of ids) {
    const account = await reader.account(id);
    if (!account || account.deletedAt !== undefined) ids.delete(id);
  }
  return only(list, (id) => ids.has(id));
}
