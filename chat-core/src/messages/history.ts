import type { Cipher } from '../cipher/cipher.ts';
import { type ConversationRef, isReadable, requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { fromSeqOf } from '../storage/rows.ts';
import type { PageBudget, Store } from '../storage/store.ts';
import type { Id, Message } from '../wire/wire.ts';
import { openMessagesFor } from './message.ts';

export const PAGE_LIMIT = { default: 50, max: 200 };

/**
 * One page of a conversation, oldest first: the newest messages with a seq below `before`, or the oldest above `after`.
 * `signal` ends the work when no one waits for it, and `budget` pays for pages from the disk.
 * @throws ApiError INVALID_REQUEST, NOT_MEMBER, NOT_FRIENDS, WRONG_CONVERSATION, CIPHER_UNAVAILABLE, TOO_MANY_REQUESTS
 */
export async function readHistory(
  deps: { store: Store; cipher: Cipher },
  userId: Id,
  ref: ConversationRef,
  page: { before?: number | undefined; after?: number | undefined; limit?: number | undefined },
  signal?: AbortSignal,
  budget?: PageBudget,
): Promise<Message[]> {
  const conversation = await requireMember(deps.store, userId, ref);
  const { before, after, limit = PAGE_LIMIT.default } = page;
  if (before !== undefined && after !== undefined) {
    throw new ApiError('INVALID_REQUEST', { detail: 'Say before or after, not both.' });
  }
  const first = fromSeqOf(conversation, userId);
  const rows = await deps.store.messages(conversation.id, {
    before,
    after: after === undefined ? undefined : Math.max(after, first - 1),
    limit,
    budget,
  });
  return openMessagesFor(
    deps,
    userId,
    rows.filter((row) => isReadable(conversation, userId, row)),
    signal,
  );
}
