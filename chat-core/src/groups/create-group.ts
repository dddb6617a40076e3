import { v4 as uuid } from 'uuid';
import { groupNameBinding } from '../cipher/binding.ts';
import { areFriends, requireLiving } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import type { Conversation, Group, GroupConversation, GroupMembership, Store, Tx } from '../storage/store.ts';
import { DEFAULT_PERMISSIONS } from '../wire/groups.ts';
import type { GroupPermissions, Id, NewGroup, GroupConversation as WireGroup } from '../wire/wire.ts';
import { appendEvent } from './group-events.ts';
import type { GroupDeps } from './group-info.ts';
import { readGroupName } from './group-name.ts';

/**
 * Groups one person may create or join themselves; whom others add may be in as many in all, so that no one fills the
 * list of another.
 */
const MAX_GROUPS = 200;

/**
 * Creates a group of the caller, its owner, and some of their friends, with its first system row. Repeated with the same
 * `conversationId` it returns the group that the first request created.
 * @throws ApiError INVALID_GROUP_NAME, NOT_FRIEND_TO_ADD, GROUP_FULL, LIST_FULL, INVALID_REQUEST (the id is another's),
 *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL, UNAUTHENTICATED; nothing is stored then
 */
export async function createGroup(deps: GroupDeps, ownerId: Id, input: NewGroup): Promise<WireGroup> {
  const { store, cipher, groupLimit } = deps;
  const name = readGroupName(input.name);
  const friends = [...new Set(input.memberIds)].filter((id) => id !== ownerId);
  if (friends.length + 1 > groupLimit) throw new ApiError('GROUP_FULL');
  const id = input.conversationId ?? uuid();
  const check = async (reader: Pick<Tx, 'account' | 'conversation' | 'message'>) => {
    const known = await reader.conversation(id);
    // A group's files are named after its id, and so are those of a person.
    const isTaken = known !== undefined || (await reader.account(id)) !== undefined;
    if (isTaken) return requireOwn(reader, known, ownerId);
    for (const friend of friends) {
      if (!(await areFriends(reader, ownerId, friend))) throw new ApiError('NOT_FRIEND_TO_ADD');
    }
    return undefined;
  };
  const before = await check(store);
  if (before) return toWireGroup(deps, before, ownerId);

  const sealed = await cipher.seal(name, groupNameBinding(id, 1));
  const member = (userId: Id): GroupMembership => ({ userId, role: 'member', fromSeq: 1, joinedSeq: 0 });
  const group: Omit<Group, 'infoRev'> = {
    edit: 1,
    name: { edit: 1, ...sealed },
    members: [
      { ...member(ownerId), role: 'owner' },
      ...friends.map((friend) => ({ ...member(friend), addedBy: ownerId })),
    ],
    permissions: withChanges(DEFAULT_PERMISSIONS, input.permissions),
    newcomersRead: input.newcomersRead ?? 'none',
  };
  const stored = await store.transact(async (tx) => {
    await requireLiving(tx, ownerId);
    const known = await check(tx);
    if (known) return known;
    await requireRoom(tx, [ownerId], 'themselves');
    await requireRoom(tx, friends, 'others');
    const created = await tx.saveGroup(id, group);
    await appendEvent(tx, store, id, ownerId, { type: 'created', userIds: friends });
    return { ...created, lastSeq: 1 };
  });
  return toWireGroup(deps, stored, ownerId);
}

/** Permissions after some of them were changed. */
export function withChanges(
  permissions: GroupPermissions,
  changes: NewGroup['permissions'] = {},
): GroupPermissions {
  const given = Object.entries(changes).filter(([, who]) => who !== undefined);
  return { ...permissions, ...Object.fromEntries(given) };
}

/** The group, if this person created it and is a member of it. @throws ApiError INVALID_REQUEST */
async function requireOwn(
  reader: Pick<Store, 'message'>,
  known: Conversation | undefined,
  ownerId: Id,
): Promise<GroupConversation> {
  const row = known?.kind === 'group' ? await reader.message(known.id, 1) : undefined;
  const isOwn = row?.event?.type === 'created' && row.senderId === ownerId;
  if (known?.kind === 'group' && isOwn && known.members.includes(ownerId)) return known;
  throw new ApiError('INVALID_REQUEST', { detail: 'This conversationId is taken.' });
}

/** That none of these people is in too many groups for one more, which they join themselves or others add them to. @throws ApiError LIST_FULL */
export async function requireRoom(
  tx: Pick<Tx, 'membershipsOf'>,
  userIds: Id[],
  by: 'themselves' | 'others',
): Promise<void> {
  for (const userId of userIds) {
    const all = await tx.membershipsOf(userId);
    const counted = by === 'others' ? all : all.filter(({ addedBy }) => addedBy === undefined);
    if (counted.length >= MAX_GROUPS) throw new ApiError('LIST_FULL');
  }
}

async function toWireGroup(
  { groups, unreadOf }: GroupDeps,
  group: GroupConversation,
  userId: Id,
): Promise<WireGroup> {
  const { id, kind, lastSeq } = group;
  const { unread, mentions } = await unreadOf(group, userId);
  const info = await groups.infoFor(group, userId);
  return { id, kind, lastSeq, unread, ...(mentions > 0 && { mentions }), group: info };
}
