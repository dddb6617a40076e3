import { v4 as uuid } from 'uuid';
import { groupNameBinding } from '../cipher/binding.ts';
import { rankOf } from '../conversations/membership.ts';
import { areFriends } from '../conversations/relations.ts';
import { ApiError } from '../errors.ts';
import type { Group, GroupConversation, GroupMembership, Tx } from '../storage/store.ts';
import type { GroupPermissions, Id, NewGroup, GroupConversation as WireGroup } from '../wire/wire.ts';
import { appendEvent } from './group-events.ts';
import type { GroupDeps } from './group-info.ts';
import { readGroupName } from './group-name.ts';

/** Groups one person may be in. */
export const MAX_GROUPS = 200;

/** Who may do what in a new group. */
export const DEFAULT_PERMISSIONS: GroupPermissions = {
  post: 'everyone',
  addMembers: 'admins',
  editInfo: 'admins',
  pin: 'admins',
  removeMessages: 'admins',
};

/**
 * Creates a group of the caller, its owner, and some of their friends, with its first system row. Repeated with the same
 * `conversationId` it returns the group that the first request created.
 * @throws ApiError INVALID_GROUP_NAME, NOT_FRIEND_TO_ADD, GROUP_FULL, LIST_FULL, INVALID_REQUEST (the id is another's),
 *   CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is stored then
 */
export async function createGroup(deps: GroupDeps, ownerId: Id, input: NewGroup): Promise<WireGroup> {
  const { store, cipher, groupLimit } = deps;
  const name = readGroupName(input.name);
  const friends = [...new Set(input.memberIds)].filter((id) => id !== ownerId);
  if (friends.length + 1 > groupLimit) throw new ApiError('GROUP_FULL');
  const id = input.conversationId ?? uuid();
  const check = async (reader: Pick<Tx, 'account' | 'conversation'>) => {
    const known = await reader.conversation(id);
    // A group's files are named after its id, and so are those of a person.
    const isTaken = known !== undefined || (await reader.account(id)) !== undefined;
    if (isTaken) return requireOwn(known?.kind === 'group' ? known : undefined, ownerId);
    for (const friend of friends) {
      if (!(await areFriends(reader, ownerId, friend))) throw new ApiError('NOT_FRIEND_TO_ADD');
    }
    return undefined;
  };
  const before = await check(store);
  if (before) return toWireGroup(deps, before, ownerId);
  await requireRoom(deps, [ownerId, ...friends]);

  const sealed = await cipher.seal(name, groupNameBinding(id, 1));
  const member = (userId: Id): GroupMembership => ({ userId, role: 'member', fromSeq: 1, joinedSeq: 0 });
  const group: Omit<Group, 'infoRev'> = {
    edit: 1,
    name: { edit: 1, ...sealed },
    members: [{ ...member(ownerId), role: 'owner' }, ...friends.map(member)],
    permissions: withChanges(DEFAULT_PERMISSIONS, input.permissions),
    newcomersRead: input.newcomersRead ?? 'none',
  };
  const stored = await store.transact(async (tx) => {
    const known = await check(tx);
    if (known) return known;
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

function requireOwn(known: GroupConversation | undefined, ownerId: Id): GroupConversation {
  if (!known || rankOf(known, ownerId) === 0) {
    throw new ApiError('INVALID_REQUEST', { detail: 'This conversationId is taken.' });
  }
  return known;
}

/** That none of these people is in too many groups. @throws ApiError LIST_FULL */
export async function requireRoom({ store }: GroupDeps, userIds: Id[]): Promise<void> {
  for (const userId of userIds) {
    const groups = (await store.conversationsOf(userId)).filter(({ kind }) => kind === 'group');
    if (groups.length >= MAX_GROUPS) throw new ApiError('LIST_FULL');
  }
}

async function toWireGroup({ groups }: GroupDeps, group: GroupConversation, userId: Id): Promise<WireGroup> {
  const { id, kind, lastSeq } = group;
  return { id, kind, lastSeq, unread: 0, group: await groups.infoFor(group, userId) };
}
