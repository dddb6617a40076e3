import { bindingOf } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { hasSeq } from '../storage/seq-ranges.ts';
import type { Store, StoredMessage } from '../storage/store.ts';
import type { Id, Message } from '../wire/wire.ts';

/**
 * A stored row with its text as people read it; without one it is marked locked. Of one that was deleted, or that the
 * reader hid, nothing is told but that it was there.
 */
export function toWire(row: StoredMessage, text: string | undefined, isHidden = false): Message {
  const { id, conversationId, seq, senderId, receiverId, timestamp, rev, editedAt, replyTo } = row;
  const place = { id, conversationId, seq, senderId, receiverId, content: '', timestamp, rev };
  if (isGone(row) || isHidden) {
    return { ...place, ...(isGone(row) && { deleted: true }), ...(isHidden && { hidden: true }) };
  }
  return {
    ...place,
    content: text ?? '',
    ...(text === undefined && { locked: true }),
    ...(editedAt !== undefined && { editedAt }),
    ...(replyTo !== undefined && { replyTo }),
  };
}

/** Whether it was deleted for everyone. */
export function isGone({ deletedAt }: StoredMessage): boolean {
  return deletedAt !== undefined;
}

/**
 * Opens rows in one go; a row that does not open is locked and the others live on. What nobody is to read is not opened.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function openMessages(
  cipher: Cipher,
  rows: StoredMessage[],
  isHidden: (row: StoredMessage) => boolean = () => false,
): Promise<Message[]> {
  const readable = rows.filter((row) => !isGone(row) && !isHidden(row));
  const texts = await cipher.openMany(
    readable.map((row) => ({
      sealed: { v: row.v, kid: row.kid, content: row.content },
      binding: bindingOf(row),
    })),
  );
  const textOf = new Map(readable.map((row, at) => [row, texts[at]]));
  return rows.map((row) => toWire(row, textOf.get(row), isHidden(row)));
}

/** The same as one person sees them. */
export async function openFor(
  { store, cipher }: { store: Store; cipher: Cipher },
  userId: Id,
  rows: StoredMessage[],
): Promise<Message[]> {
  const ids = [...new Set(rows.map(({ conversationId }) => conversationId))];
  const hidden = new Map(
    await Promise.all(ids.map(async (id) => [id, await store.hiddenOf(id, userId)] as const)),
  );
  return openMessages(cipher, rows, ({ conversationId, seq }) =>
    hasSeq(hidden.get(conversationId) ?? [], seq),
  );
}
