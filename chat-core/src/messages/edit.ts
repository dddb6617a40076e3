import { bindingOf } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { requireWriter } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Store, StoredMessage } from '../storage/store.ts';
import { readText } from '../wire/text.ts';
import type { Id, Message } from '../wire/wire.ts';
import { isGone, openMessages, toWire } from './message.ts';

/** `editMs`: how long after it was sent a message may be edited. */
type Deps = { store: Store; cipher: Cipher; editMs: number };
export type Place = { conversationId: Id; seq: number };

/**
 * Gives one's own message another text, sealed anew with the number of the edit. The text it has already is no change,
 * however late: an edit can be repeated. Of two edits at once the later commit stays, with the higher number.
 * @throws ApiError INVALID_MESSAGE, NOT_MEMBER, NOT_FRIENDS, NO_SUCH_MESSAGE, NOT_YOURS, MESSAGE_DELETED, EDIT_TOO_LATE,
 *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is stored then
 */
export async function editMessage(deps: Deps, userId: Id, place: Place, wish: string): Promise<Message> {
  const { store, cipher, editMs } = deps;
  const text = readText(wish);
  for (;;) {
    const row = await requireEditable(store, userId, place);
    const [now] = await openMessages(cipher, [row]);
    if (now && !now.locked && now.content === text) return now;
    const ageMs = store.time.now() - (row.sentAt ?? row.timestamp);
    // One from the future is of a clock that was wrong, and no newer than others.
    if (Math.abs(ageMs) >= editMs) throw new ApiError('EDIT_TOO_LATE');

    const edited = { ...row, edit: (row.edit ?? 0) + 1, editedAt: store.time.wall() };
    const sealed = await cipher.seal(text, bindingOf(edited));
    const stored = await store.transact(async (tx) => {
      const latest = await requireEditable(tx, userId, place);
      // Another edit has this number: it is sealed again with the next.
      if (latest.content !== row.content) return undefined;
      return tx.changeMessage({ ...edited, ...sealed });
    });
    if (!stored) continue;
    cipher.forget([row.content]);
    return toWire(stored, text);
  }
}

type Reader = Pick<Store, 'account' | 'conversation' | 'directBetween' | 'message'>;

async function requireEditable(reader: Reader, userId: Id, place: Place): Promise<StoredMessage> {
  await requireWriter(reader, userId, { conversationId: place.conversationId });
  const row = await requireOwn(reader, userId, place);
  if (isGone(row)) throw new ApiError('MESSAGE_DELETED');
  return row;
}

/** A message this person wrote. @throws ApiError NO_SUCH_MESSAGE, NOT_YOURS */
export async function requireOwn(
  reader: Pick<Store, 'message'>,
  userId: Id,
  { conversationId, seq }: Place,
): Promise<StoredMessage> {
  const row = await reader.message(conversationId, seq);
  if (!row) throw new ApiError('NO_SUCH_MESSAGE');
  if (row.senderId !== userId) throw new ApiError('NOT_YOURS');
  return row;
}
