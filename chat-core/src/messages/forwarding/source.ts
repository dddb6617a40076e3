import type { Cipher } from '../../cipher/cipher.ts';
import { requireMember } from '../../conversations/membership.ts';
import { ApiError } from '../../errors.ts';
import type { PageBudget, Store, StoredMessage } from '../../storage/store.ts';
import type { Id, Message } from '../../wire/wire.ts';
import { openMessagesFor } from '../message.ts';
import { requireMessage } from '../require-message.ts';

/** A message to forward, as its reader sees it, and its row. */
export type Source = { row: StoredMessage; message: Message };

/**
 * The messages with these seqs that this person may read and forward, by seq, opened in one cipher call.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE (also for a hidden or expired one), MESSAGE_DELETED, NOT_FORWARDABLE, CIPHER_UNAVAILABLE
 */
export async function readSources(
  deps: { store: Store; cipher: Cipher },
  userId: Id,
  { conversationId, seqs }: { conversationId: Id; seqs: number[] },
  { signal, budget }: { signal: AbortSignal; budget: PageBudget },
): Promise<Map<number, Source>> {
  const conversation = await requireMember(deps.store, userId, { conversationId });
  const rows: StoredMessage[] = [];
  for (const seq of seqs) {
    const named = { seq, time: deps.store.time, budget };
    rows.push(await requireMessage(deps.store, conversation, userId, named));
  }
  const messages = await openMessagesFor(deps, userId, rows, signal);
  return new Map(
    rows.map((row, index) => {
      const message = messages[index];
      if (!message || message.hidden || message.expired) throw new ApiError('NO_SUCH_MESSAGE');
      if (message.deleted) throw new ApiError('MESSAGE_DELETED');
      const isOpen = !message.locked && !message.attachments?.some(({ locked }) => locked);
      const isWhole = !row.attachments?.some(({ lost }) => lost);
      if (message.event || !isOpen || !isWhole) throw new ApiError('NOT_FORWARDABLE');
      return [row.seq, { row, message }];
    }),
  );
}
