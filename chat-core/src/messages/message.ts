import { bindingOf } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import type { StoredMessage } from '../storage/store.ts';
import type { Message } from '../wire.ts';

/** A stored row with its text as people read it; without one it is marked locked. */
export function toWire(row: StoredMessage, text: string | undefined): Message {
  const { id, conversationId, seq, senderId, receiverId, timestamp } = row;
  const message = { id, conversationId, seq, senderId, receiverId, content: text ?? '', timestamp };
  return text === undefined ? { ...message, locked: true } : message;
}

/** Opens rows in one go; a row that does not open is locked and the others live on. @throws ApiError CIPHER_UNAVAILABLE */
export async function openMessages(cipher: Cipher, rows: StoredMessage[]): Promise<Message[]> {
  const texts = await cipher.openMany(
    rows.map((row) => ({
      sealed: { v: row.v, kid: row.kid, content: row.content },
      binding: bindingOf(row),
    })),
  );
  return rows.map((row, at) => toWire(row, texts[at]));
}
