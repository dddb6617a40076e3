import { ApiError } from '../errors.ts';
import { fromSeqOf } from '../storage/rows.ts';
import {
  type Conversation,
  type GroupConversation,
  type GroupMembership,
  isOpenArchive,
  type Store,
  type StoredMessage,
} from '../storage/store.ts';
import type { GroupAction, GroupRole, Id } from '../wire/wire.ts';
import { isNotes } from './notes.ts';
import { areFriends } from './relations.ts';

type Reader = Pick<Store, 'account' | 'conversation' | 'directBetween'>;
/** How a request names a conversation: by its id, by the other person of a direct one, or by both. */
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
  const isOther =
    otherId === undefined ||
    (conversation.members.includes(otherId) && (otherId !== userId || isNotes(conversation)));
  if (!isOther || (otherId !== undefined && conversation.kind === 'group')) {
    throw new ApiError('WRONG_CONVERSATION');
  }
  return conversation;
}

/**
 * The same for writing: in a direct conversation the two must be friends now, if they are two; in a group the person must be
 * allowed to post. @throws also NOT_FRIENDS, NOT_ALLOWED
 */
export async function requireWriter(reader: Reader, userId: Id, ref: ConversationRef): Promise<Conversation> {
  const conversation = await requireMember(reader, userId, ref);
  if (conversation.kind === 'group') {
    if (!isAllowed(conversation, userId, 'post')) throw new ApiError('NOT_ALLOWED');
    return conversation;
  }
  const [a, b] = conversation.members;
  // Notes are erased with their account: nothing may be written to them after that.
  const isOpen = isNotes(conversation)
    ? (await reader.account(a))?.deletedAt === undefined
    : await areFriends(reader, a, b);
  if (!isOpen) throw new ApiError('NOT_FRIENDS');
  return conversation;
}

/**
 * The same for reacting: as for writing, but in a group every member may, also where only admins post.
 * @throws as requireMember, and NOT_FRIENDS
 */
export async function requireReactor(
  reader: Reader,
  userId: Id,
  ref: ConversationRef,
): Promise<Conversation> {
  const conversation = await requireMember(reader, userId, ref);
  return conversation.kind === 'group' ? conversation : requireWriter(reader, userId, ref);
}

/**
 * A conversation to which a person may upload files: one to which they write, or an archive that they are filling.
 * @throws as requireWriter
 */
export async function requireUploader(reader: Reader, userId: Id, conversationId: Id): Promise<void> {
  const conversation = await reader.conversation(conversationId);
  const isFilling = conversation?.kind === 'group' && isOpenArchive(conversation);
  if (isFilling && rankOf(conversation, userId) === RANK.owner) return;
  await requireWriter(reader, userId, { conversationId });
}

/** A group of which this person is a member. @throws ApiError NOT_MEMBER, also for direct conversations */
export async function requireGroup(
  reader: Reader,
  userId: Id,
  conversationId: Id,
): Promise<GroupConversation> {
  const conversation = await requireMember(reader, userId, { conversationId });
  if (conversation.kind !== 'group') throw new ApiError('NOT_MEMBER');
  return conversation;
}

/** A group in which this person may do this. @throws ApiError NOT_MEMBER, NOT_ALLOWED */
export async function requirePermission(
  reader: Reader,
  userId: Id,
  conversationId: Id,
  action: GroupAction,
): Promise<GroupConversation> {
  const group = await requireGroup(reader, userId, conversationId);
  if (!isAllowed(group, userId, action)) throw new ApiError('NOT_ALLOWED');
  return group;
}

/** A group of which this person is an admin or the owner. @throws ApiError NOT_MEMBER, NOT_ALLOWED */
export async function requireAdmin(
  reader: Reader,
  userId: Id,
  conversationId: Id,
): Promise<GroupConversation> {
  const group = await requireGroup(reader, userId, conversationId);
  if (rankOf(group, userId) < RANK.admin) throw new ApiError('NOT_ALLOWED');
  return group;
}

const RANK: Record<GroupRole, number> = { member: 1, admin: 2, owner: 3 };

/** The rank of a role of a group: 1 member, 2 admin, 3 owner; 0 for a person who is no member. */
export function rankOf(group: GroupConversation, userId: Id): number {
  const role = membershipOf(group, userId)?.role;
  return role ? RANK[role] : 0;
}

export function membershipOf({ group }: GroupConversation, userId: Id): GroupMembership | undefined {
  return group.members.find((member) => member.userId === userId);
}

/** Whether a member may do this in a group. To an archive no one writes or adds people; a link lets readers in. */
export function isAllowed(group: GroupConversation, userId: Id, action: GroupAction): boolean {
  if (group.group.archive && (isOpenArchive(group) || action === 'post' || action === 'addMembers'))
    return false;
  const needed = group.group.permissions[action] === 'admins' ? RANK.admin : RANK.member;
  return rankOf(group, userId) >= needed;
}

/** Whether a person may read a row of a conversation. */
export function isReadable(
  conversation: Conversation,
  userId: Id,
  { seq }: Pick<StoredMessage, 'seq'>,
): boolean {
  return seq >= fromSeqOf(conversation, userId);
}
