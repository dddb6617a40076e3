import { messageBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { requireWriter } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Store, StoredMessage } from '../storage/store.ts';
import { readCaption, readText } from '../wire/text.ts';
import type { Id, Message } from '../wire/wire.ts';
import { isDeleted, openMessagesFor, toWire, withExpiry } from './message.ts';
import { type MessageRef, requireMessage } from './require-message.ts';

/** `box.editMs`: how long after it was sent a message may be edited, as it is now. */
type Deps = { store: Store; cipher: Cipher; box: { editMs: number } };

/**
 * Replaces the text of one's own message that was not forwarded, sealed with the number of the edit; its files stay, and their caption may be
 * empty. Setting the text that it already has is no
 * change and allowed at any time, so an edit can be repeated. Of two concurrent edits the last commit wins, with the
 * higher number.
 * @throws ApiError INVALID_MESSAGE, NOT_MEMBER, NOT_FRIENDS, NO_SUCH_MESSAGE, NOT_YOURS, MESSAGE_DELETED, POLL_NOT_EDITABLE, EDIT_TOO_LATE,
 *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is stored then
 */
export async function editMessage(deps: Deps, userId: Id, ref: MessageRef, input: string): Promise<Message> {
  const { store, cipher, box } = deps;
  for (;;) {
    const row = await requireEditable(store, store.time, userId, ref);
    const text = row.attachments ? readCaption(input) : readText(input);
    const [now] = await openMessagesFor(deps, userId, [row]);
    if (now && !now.locked && now.content === text) return now;
    const ageMs = store.time.now() - (row.sentAt ?? row.timestamp);
    // A timestamp in the future comes from a wrong clock: such a message is not newer than others.
    if (Math.abs(ageMs) >= box.editMs) throw new ApiError('EDIT_TOO_LATE');

    const edited = { ...row, edit: (row.edit ?? 0) + 1, editedAt: store.time.wall() };
    const sealed = await cipher.seal(text, messageBinding(edited));
    const stored = await store.transact(async (tx) => {
      const latest = await requireEditable(tx, store.time, userId, ref);
      // Another edit took this number: seal again with the next.
      if (latest.content !== row.content) return undefined;
      const { edit, editedAt } = edited;
      return tx.changeMessage({ ...latest, edit, editedAt, ...sealed });
    });
    if (!stored) continue;
    cipher.forget([row.content]);
    return withExpiry(
      store,
      stored,
      toWire(stored, { text, attachments: now?.attachments, reactions: now?.reactions }),
    );
  }
}

type Reader = Pick<Store, 'account' | 'conversation' | 'directBetween' | 'message' | 'hiddenOf'>;

async function requireEditable(
  reader: Reader,
  time: Store['time'],
  userId: Id,
  ref: MessageRef,
): Promise<StoredMessage> {
  const conversation = await requireWriter(reader, userId, { conversationId: ref.conversationId });
  const row = await requireMessage(reader, conversation, userId, { seq: ref.seq, time });
  // Under the label of a forwarded message stand the words of another.
  if (row.senderId !== userId || row.event || row.forwarded) throw new ApiError('NOT_YOURS');
  if (isDeleted(row)) throw new ApiError('MESSAGE_DELETED');
  if (row.poll) throw new ApiError('POLL_NOT_EDITABLE');
  return row;
}
