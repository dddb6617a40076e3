import { existingAmong, visibleAmong } from '../people/visible-people.ts';
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
  const visible = await visibleAmong(reader, userId, ids);
  return lists.map((list) => only(list, (id) => visible.has(id)));
}

/** The list without accounts that were deleted: a change stores no reaction of them any more. */
export async function withoutDeleted(reader: Reader, list: ReactionList): Promise<ReactionList> {
  const existing = await existingAmong(
    reader,
    list.flatMap(([, userIds]) => userIds),
  );
  return only(list, (id) => existing.has(id));
}
