import { v4 as uuid } from 'uuid';
import { ApiError } from '../errors.ts';
import type { Conversation, Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** Whether a conversation is the notes of one person: a direct conversation with themselves, which no one else is in. */
export function isNotes({ kind, members }: Pick<Conversation, 'kind' | 'members'>): boolean {
  return kind === 'direct' && members[0] === members[1];
}

/**
 * The notes of a person, created when they are first asked for. They are never unread, and nothing in them notifies.
 * @throws ApiError NO_SUCH_ACCOUNT, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function openNotes(store: Store, userId: Id): Promise<Id> {
  const known = await store.directBetween(userId, userId);
  if (known) return known.id;
  return store.transact(async (tx) => {
    const account = await tx.account(userId);
    if (!account || account.deletedAt !== undefined) throw new ApiError('NO_SUCH_ACCOUNT');
    return (await tx.openDirect(userId, userId, uuid())).id;
  });
}
