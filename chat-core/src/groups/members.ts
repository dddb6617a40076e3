import { membershipOf, rankOf, requireGroup, requirePermission } from '../conversations/membership.ts';
import { areFriends } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import type { Group, GroupConversation, Tx } from '../storage/store.ts';
import type { GroupInfo, GroupRole, Id } from '../wire/wire.ts';
import { requireRoom } from './create-group.ts';
import { deleteLink, endLinksOf } from './end-links.ts';
import { appendEvent } from './group-events.ts';
import type { GroupDeps } from './group-info.ts';

/** Removed people remembered with a group. */
const MAX_REMOVED = 256;
const RANK: Record<GroupRole, number> = { member: 1, admin: 2, owner: 3 };

/**
 * Adds friends of the caller to a group. Those who are members already stay as they are. Only admins add a person whom an
 * admin removed.
 * @throws ApiError NOT_MEMBER, NOT_ALLOWED, NOT_FRIEND_TO_ADD, GROUP_FULL, LIST_FULL, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function addMembers(
  deps: GroupDeps,
  userId: Id,
  conversationId: Id,
  userIds: Id[],
): Promise<GroupInfo> {
  const { store, groups } = deps;
  const stored = await store.transact(async (tx) => {
    const group = await requirePermission(tx, userId, conversationId, 'addMembers');
    const added = newOf(group, userIds);
    if (added.length === 0) return group;
    const isRemoved = added.some((id) => group.group.removed?.includes(id));
    if (isRemoved && rankOf(group, userId) < RANK.admin) throw new ApiError('NOT_ALLOWED');
    for (const id of added) {
      if (!(await areFriends(tx, userId, id))) throw new ApiError('NOT_FRIEND_TO_ADD');
    }
    return letIn(deps, tx, group, added, { actorId: userId, type: 'added', addedBy: userId });
  });
  return groups.infoFor(stored, userId);
}

/**
 * Makes people members within a transaction, with the system row of it. Without `addedBy` they join themselves.
 * @throws ApiError GROUP_FULL, LIST_FULL
 */
export async function letIn(
  { store, groupLimit }: GroupDeps,
  tx: Tx,
  conversation: GroupConversation,
  userIds: Id[],
  { actorId, type, addedBy }: { actorId: Id; type: 'added' | 'joined'; addedBy?: Id },
): Promise<GroupConversation> {
  const { id, lastSeq, group } = conversation;
  if (group.members.length + userIds.length > groupLimit) throw new ApiError('GROUP_FULL');
  await requireRoom(tx, userIds, addedBy === undefined ? 'themselves' : 'others');
  const fromSeq = group.newcomersRead === 'all' ? 1 : lastSeq + 1;
  const others = (ids: Id[] = []) => ids.filter((one) => !userIds.includes(one));
  const membership = { role: 'member' as const, fromSeq, joinedSeq: lastSeq, ...(addedBy && { addedBy }) };
  const saved = await tx.saveGroup(id, {
    ...group,
    members: [...group.members, ...userIds.map((userId) => ({ userId, ...membership }))],
    requests: others(group.requests),
    removed: others(group.removed),
  });
  await appendEvent(tx, store, id, actorId, { type, ...(type === 'added' && { userIds }) });
  return saved;
}

/**
 * Removes a member from a group, or lets the caller leave it. Whoever is no member any more keeps nothing of it; what they
 * wrote stays. The last member who leaves deletes the group. Repeating it succeeds.
 * @throws ApiError NOT_MEMBER, NOT_ALLOWED (not an admin, or the other is of a higher role), OWNER_LEAVES,
 *   STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function removeMember(
  { store, cipher }: GroupDeps,
  userId: Id,
  { conversationId, userId: memberId }: { conversationId: Id; userId: Id },
): Promise<void> {
  await store.transact(async (tx) => {
    const isLeaving = memberId === userId;
    if (isLeaving && (await hasDeparted(tx, userId, conversationId))) return;
    const conversation = await requireGroup(tx, userId, conversationId);
    const rank = rankOf(conversation, memberId);
    if (!isLeaving) {
      const own = rankOf(conversation, userId);
      if (own < RANK.admin || rank > own) throw new ApiError('NOT_ALLOWED');
    }
    if (rank === 0) return;
    const { group } = conversation;
    const members = group.members.filter((member) => member.userId !== memberId);
    if (members.length === 0) return endGroup(tx, conversation);
    if (!members.some(({ role }) => role === 'owner')) throw new ApiError('OWNER_LEAVES');
    const removed = isLeaving ? group.removed : withRemoved(group, memberId);
    await tx.saveGroup(conversationId, { ...group, members, ...(removed && { removed }) });
    if (rank >= RANK.admin) await endLinksOf(tx, conversationId, memberId);
    await appendEvent(
      tx,
      store,
      conversationId,
      userId,
      isLeaving ? { type: 'left' } : { type: 'removed', userIds: [memberId] },
    );
  });
  if (await isEnded(store, conversationId)) cipher.forget([], conversationId);
}

/**
 * Takes a person whose account is deleted out of a group, within the transaction: what they wrote stays. An owner without
 * another one passes the group to the admin who is in it for longest, or else to the member, of those who may log in; the last member ends it.
 */
export async function leaveDeleted(
  tx: Tx,
  store: GroupDeps['store'],
  conversationId: Id,
  userId: Id,
): Promise<void> {
  const conversation = await tx.conversation(conversationId);
  if (conversation?.kind !== 'group' || !conversation.members.includes(userId)) return;
  const { group } = conversation;
  const members = group.members.filter((member) => member.userId !== userId);
  const able: typeof members = [];
  for (const member of members) {
    const account = await tx.account(member.userId);
    if (account && !account.suspended && account.deletedAt === undefined) able.push(member);
  }
  const heirs = able.length > 0 ? able : members;
  const heir = heirs.find(({ role }) => role === 'admin') ?? heirs[0];
  if (!heir) return endGroup(tx, conversation);
  const isOwned = members.some(({ role }) => role === 'owner');
  const next = isOwned
    ? members
    : members.map((one) => (one === heir ? { ...one, role: 'owner' as const } : one));
  await tx.saveGroup(conversationId, { ...group, members: next });
  await endLinksOf(tx, conversationId, userId);
  if (!isOwned) {
    const event = { type: 'role' as const, userIds: [heir.userId], role: 'owner' as const };
    await appendEvent(tx, store, conversationId, userId, event);
  }
  await appendEvent(tx, store, conversationId, userId, { type: 'left' });
}

/**
 * Gives a member another role. No one gives or takes a role above their own; a group always has an owner.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MEMBER, NOT_ALLOWED, OWNER_LEAVES, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function setRole(
  { store, groups }: GroupDeps,
  userId: Id,
  { conversationId, userId: memberId }: { conversationId: Id; userId: Id },
  role: GroupRole,
): Promise<GroupInfo> {
  const stored = await store.transact(async (tx) => {
    const conversation = await requireGroup(tx, userId, conversationId);
    const { group } = conversation;
    const member = membershipOf(conversation, memberId);
    const own = rankOf(conversation, userId);
    if (own < RANK.admin) throw new ApiError('NOT_ALLOWED');
    if (!member) throw new ApiError('NO_SUCH_MEMBER');
    if (Math.max(RANK[role], RANK[member.role]) > own) throw new ApiError('NOT_ALLOWED');
    if (member.role === role) return conversation;
    const members = group.members.map((one) => (one === member ? { ...one, role } : one));
    if (!members.some((one) => one.role === 'owner')) throw new ApiError('OWNER_LEAVES');
    const saved = await tx.saveGroup(conversationId, { ...group, members });
    if (RANK[role] < RANK.admin) await endLinksOf(tx, conversationId, memberId);
    await appendEvent(tx, store, conversationId, userId, { type: 'role', userIds: [memberId], role });
    return saved;
  });
  return groups.infoFor(stored, userId);
}

/** Deletes a group for everyone; its owner may. Repeating it succeeds. @throws ApiError NOT_MEMBER, NOT_ALLOWED, STORAGE_UNAVAILABLE, DISK_FULL */
export async function deleteGroup(
  { store, cipher }: GroupDeps,
  userId: Id,
  conversationId: Id,
): Promise<void> {
  await store.transact(async (tx) => {
    if ((await isEnded(tx, conversationId)) && (await hasDeparted(tx, userId, conversationId))) return;
    const conversation = await requireGroup(tx, userId, conversationId);
    if (rankOf(conversation, userId) < RANK.owner) throw new ApiError('NOT_ALLOWED');
    await endGroup(tx, conversation);
  });
  cipher.forget([], conversationId);
}

/** Whether this is a group that was deleted. */
export async function isEnded(reader: Pick<Tx, 'conversation'>, id: Id): Promise<boolean> {
  return (await reader.conversation(id))?.members.length === 0;
}

/** The group has no members and no name any more, and its links let no one in. */
async function endGroup(tx: Tx, { id, group }: GroupConversation): Promise<void> {
  const { picture: _, requests: __, removed: ___, ...rest } = group;
  const ended: Omit<Group, 'infoRev'> = {
    ...rest,
    name: { v: 1, kid: '', content: '', edit: group.edit },
    members: [],
  };
  await tx.saveGroup(id, ended);
  for (const link of await tx.invites()) {
    if (link.conversationId === id) await deleteLink(tx, link);
  }
}

/** Whether this person was a member of a group once and is not now: a repeated request finds its work done. */
async function hasDeparted(tx: Tx, userId: Id, conversationId: Id): Promise<boolean> {
  const { departed = [] } = (await tx.account(userId)) ?? {};
  return departed.some((one) => one.conversationId === conversationId && !one.rejoined);
}

/** The people whom admins removed or refused, with one more. */
export const withRemoved = ({ removed = [] }: Group, userId: Id): Id[] =>
  [...removed.filter((id) => id !== userId), userId].slice(-MAX_REMOVED);

const newOf = (conversation: GroupConversation, userIds: Id[]) =>
  [...new Set(userIds)].filter((id) => !membershipOf(conversation, id));
