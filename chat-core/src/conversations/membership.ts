import { ApiError } from '../errors.ts';
import type { Conversation, Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { areFriends } from './relations.ts';

type Reader = Pick<Store, 'account' | 'conversation' | 'directBetween'>;
/** How a request names a conversation: by its id, by the other person, or by both. */
export type ConversationRef = { conversationId?: Id | undefined; otherId?: Id | undefined };

/**
 * The conversation that a request names, if its person is a member. Every access to a conversation goes through here.
 * For non-members the error is the same as for an unknown id.
 * @throws ApiError NOT_MEMBER, NOT_FRIENDS (no conversation with that person), WRONG_CONVERSATION, INVALID_REQUEST
 */
export async function requireMember(reader: Reader, userId: Id, ref: ConversationRef): Promise<Conversation> {
  const { conversationId, otherId } = ref;
  if (conversationId === undefined) {
    if (otherId === undefined) {
      throw new ApiError('INVALID_REQUEST', { detail: 'Name the conversation or the other person.' });
    }
    const direct = await reader.directBetween(userId, otherId);
    if (!direct) throw new ApiError('NOT_FRIENDS');
    return direct;
  }
  const conversation = await reader.conversation(conversationId);
  if (!conversation?.members.includes(userId)) throw new ApiError('NOT_MEMBER');
  if (otherId !== undefined && (otherId === userId || !conversation.members.includes(otherId))) {
    throw new ApiError('WRONG_CONVERSATION');
  }
  return conversation;
}

/** The same for writing: in a direct conversation the two must be friends now. @throws also NOT_FRIENDS */
export async function requireWriter(reader: Reader, userId: Id, ref: ConversationRef): Promise<Conversation> {
  const conversation = await requireMember(reader, userId, ref);
  const [a, b] = conversation.members;
  if (!(await areFriends(reader, a, b))) throw new ApiError('NOT_FRIENDS');
  return conversation;
}
