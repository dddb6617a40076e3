import type { Cipher } from '../cipher/cipher.ts';
import { requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { hasSeq, withSeq } from '../storage/seq-ranges.ts';
import type { Store, StoredMessage } from '../storage/store.ts';
import type { Id, Message } from '../wire/wire.ts';
import { type Place, requireOwn } from './edit.ts';
import { isGone, openFor } from './message.ts';

/** So many gaps a person may make in one conversation: they are kept in memory, with its header. */
const MAX_HIDDEN_RANGES = 500;

type Deps = { store: Store; cipher: Cipher };

/**
 * Deletes one's own message for everyone, friends or not, whenever: its place stays, its text goes; the store erases the
 * ciphertext from the disk. Repeating it changes nothing.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, NOT_YOURS, STORAGE_UNAVAILABLE, DISK_FULL; nothing is changed then
 */
export async function deleteForEveryone(deps: Deps, userId: Id, place: Place): Promise<Message> {
  const { store, cipher } = deps;
  const { row, replaced } = await store.transact(async (tx) => {
    await requireMember(tx, userId, { conversationId: place.conversationId });
    const known = await requireOwn(tx, userId, place);
    if (isGone(known)) return { row: known, replaced: [] };
    return { row: await tx.changeMessage(emptied(known, store.time.wall())), replaced: [known.content] };
  });
  cipher.forget(replaced);
  return answerOf(deps, userId, row);
}

/**
 * Hides a message, anybody's, from one person on all their devices. Others see no difference, and it stays stored.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, TOO_MANY_HIDDEN, STORAGE_UNAVAILABLE, DISK_FULL; nothing is changed then
 */
export async function deleteForMe(deps: Deps, userId: Id, { conversationId, seq }: Place): Promise<Message> {
  const row = await deps.store.transact(async (tx) => {
    await requireMember(tx, userId, { conversationId });
    const known = await tx.message(conversationId, seq);
    if (!known) throw new ApiError('NO_SUCH_MESSAGE');
    const ranges = await tx.hiddenOf(conversationId, userId);
    if (hasSeq(ranges, seq)) return known;
    if (withSeq(ranges, seq).length > MAX_HIDDEN_RANGES) throw new ApiError('TOO_MANY_HIDDEN');
    await tx.hideMessage(conversationId, userId, seq);
    return known;
  });
  return answerOf(deps, userId, row);
}

/** What is left of a message that was deleted: nothing of what it said, nor to what. */
function emptied(row: StoredMessage, now: number): StoredMessage {
  const { edit: _, editedAt: __, replyTo: ___, ...place } = row;
  return { ...place, content: '', deletedAt: now };
}

async function answerOf(deps: Deps, userId: Id, row: StoredMessage): Promise<Message> {
  const [message] = await openFor(deps, userId, [row]);
  if (!message) throw new Error('a row makes a message');
  return message;
}
