import type { StoredMessage } from '../storage/store.ts';
import type { Binding } from './cipher.ts';

/** What a message's ciphertext is tied to: all of it is known before the commit that gives the seq. */
export function bindingOf(
  message: Pick<StoredMessage, 'id' | 'conversationId' | 'senderId' | 'timestamp' | 'edit'>,
): Binding {
  const { id, conversationId, senderId, timestamp, edit = 0 } = message;
  return { messageId: id, conversationId, senderId, timestamp, edit };
}
