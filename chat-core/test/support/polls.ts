import { randomUUID } from 'node:crypto';
import { messageBinding } from '../../src/cipher/binding.ts';
import type { Cipher } from '../../src/cipher/cipher.ts';
import { writePollText } from '../../src/polls/poll-text.ts';
import type { Store, StoredMessage } from '../../src/storage/store.ts';
import type { Id } from '../../src/wire/wire.ts';

/** Stores a poll with three answers, as a send would. */
export async function storePoll(
  { store, cipher }: { store: Store; cipher: Cipher },
  author: { conversationId: Id; senderId: Id },
): Promise<StoredMessage> {
  const message = { id: randomUUID(), ...author, timestamp: store.time.now() };
  const text = writePollText({ question: 'Makan apa?', answers: ['Soto', 'Rawon', 'Pecel'] });
  const sealed = await cipher.seal(text, messageBinding(message));
  return store.transact((tx) => tx.appendMessage({ ...message, ...sealed, poll: {} }));
}
