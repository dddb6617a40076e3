import { messageBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { requireWriter } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Store, StoredMessage } from '../storage/store.ts';
import { readText } from '../wire/text.ts';
import type { Id, Message } from '../wire/wire.ts';
import { isDeleted, openMessages, toWire } from './message.ts';

/** `editMs`: how long after it was sent a message may be edited. */
type Deps = { store: Store; cipher: Cipher; editMs: number };
export type MessageRef = { conversationId: Id; seq: number };

/**
 * Replaces the text of one's own message, sealed with the number of the edit. Setting the text that it already has is no
 * change and allowed at any time, so an edit can be repeated. Of two concurrent edits the last commit wins, with the
 * higher number.
 * @throws ApiError INVALID_MESSAGE, NOT_MEMBER, NOT_FRIENDS, NO_SUCH_MESSAGE, NOT_YOURS, MESSAGE_DELETED, EDIT_TOO_LATE,
 *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is stored then
 */
export async function editMessage(deps: Deps, userId: Id, ref: MessageRef, input: string): Promise<Message> {
  const { store, cipher, editMs } = deps;
  const text = readText(input);
  for (;;) {
    const row = await requireEditable(store, userId, ref);
    const [now] = await openMessages(cipher, [row]);
    if (now && !now.locked && now.content === text) return now;
    const ageMs = store.time.now() - (row.sentAt ?? row.timestamp);
    // A timestamp in the future comes from a wrong clock: such a message is not newer than others.
    if (Math.abs(ageMs) >= editMs) throw new ApiError('EDIT_TOO_LATE');

    const edited = { ...row, edit: (row.edit ?? 0) + 1, editedAt: store.time.wall() };
    const sealed = await cipher.seal(text, messageBinding(edited));
    const stored = await store.transact(async (tx) => {
      const latest = await requireEditable(tx, userId, ref);
      // Another edit took this number: seal again with the next.
      if (latest.content !== row.content) return undefined;
      return tx.changeMessage({ ...edited, ...sealed });
    });
    if (!stored) continue;
    cipher.forget([row.content]);
    return toWire(stored, text);
  }
}

type Reader = Pick<Store, 'account' | 'conversation' | 'directBetween' | 'message'>;

async function requireEditable(reader: Reader, userId: Id, ref: MessageRef): Promise<StoredMessage> {
  await requireWriter(reader, userId, { conversationId: ref.conversationId });
  const row = await requireOwn(reader, userId, ref);
  if (isDeleted(row)) throw new ApiError('MESSAGE_DELETED');
  return row;
}

/** A message that this person wrote. @throws ApiError NO_SUCH_MESSAGE, NOT_YOURS */
export async function requireOwn(
  reader: Pick<Store, 'message'>,
  userId: Id,
  { conversationId, seq }: MessageRef,
): Promise<StoredMessage> {
  const row = await reader.message(conversationId, seq);
  if (!row) throw new ApiError('NO_SUCH_MESSAGE');
  if (row.senderId !== userId) throw new ApiError('NOT_YOURS');
  return row;
}
