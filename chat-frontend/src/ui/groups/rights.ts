import type { GroupInfo, GroupMember, GroupRole, Id } from '../../../../chat-core/src/wire/wire.ts';

const RANK: Record<GroupRole, number> = { member: 1, admin: 2, owner: 3 };

export type MemberAction = 'makeOwner' | 'makeAdmin' | 'makeMember' | 'remove';

/** The role that an action gives; none for a removal. */
export const ROLE_OF: Record<Exclude<MemberAction, 'remove'>, GroupRole> = {
  makeOwner: 'owner',
  makeAdmin: 'admin',
  makeMember: 'member',
};

export const roleIn = ({ members }: GroupInfo, userId: Id | undefined): GroupRole =>
  members.find(({ id }) => id === userId)?.role ?? 'member';

/** Whether a person is an admin or the owner. */
export const isAdmin = (group: GroupInfo, userId: Id | undefined): boolean =>
  roleIn(group, userId) !== 'member';

/** What a member may do to another one, by the rules of the server: nothing above the own role. */
export function memberActions(own: GroupRole, other: GroupRole): MemberAction[] {
  if (RANK[own] < RANK.admin || RANK[other] > RANK[own]) return [];
  return [
    ...(own === 'owner' && other !== 'owner' ? (['makeOwner'] as const) : []),
    ...(other === 'admin' ? [] : (['makeAdmin'] as const)),
    ...(other === 'member' ? [] : (['makeMember'] as const)),
    'remove',
  ];
}

/** Who becomes the owner when the only one leaves, unless they choose another: the oldest admin, else the oldest member. */
export function heirOf(members: readonly GroupMember[], ownerId: Id): GroupMember | undefined {
  const others = members.filter(({ id }) => id !== ownerId);
  return others.find(({ role }) => role === 'admin') ?? others[0];
}

/** Whether no other member owns the group. */
export const isOnlyOwner = (members: readonly GroupMember[], userId: Id): boolean =>
  members.some(({ id, role }) => id === userId && role === 'owner') &&
  members.every(({ id, role }) => id === userId || role !== 'owner');

/** Members as they are listed: by rank, then by name. */
export function listed(
  members: readonly GroupMember[],
  nameOf: (member: GroupMember) => string,
): GroupMember[] {
  return [...members].sort((a, b) => RANK[b.role] - RANK[a.role] || nameOf(a).localeCompare(nameOf(b)));
}
