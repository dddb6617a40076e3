import type { Cipher } from '../cipher/cipher.ts';
import { type Address, requireMember } from '../conversations/membership.ts';
import type { Store } from '../storage/store.ts';
import type { Id, Message } from '../wire.ts';
import { openMessages } from './message.ts';

export const PAGE = { default: 50, most: 200 };

/**
 * One page of a conversation, oldest first: the newest messages with a seq below `before`. One cipher call a page.
 * @throws ApiError NOT_MEMBER, NOT_FRIENDS, WRONG_CONVERSATION, CIPHER_UNAVAILABLE
 */
export async function readHistory(
  { store, cipher }: { store: Store; cipher: Cipher },
  userId: Id,
  address: Address,
  page: { before?: number | undefined; limit?: number | undefined },
): Promise<Message[]> {
  const conversation = await requireMember(store, userId, address);
  const { before, limit = PAGE.default } = page;
  return openMessages(cipher, await store.messages(conversation.id, { before, limit }));
}
