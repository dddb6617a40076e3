import { isDeletedGroup } from '../../src/storage/rows.ts';
import type {
  Account,
  Conversation,
  Group,
  GroupConversation,
  NewMessage,
  StoredPicture,
} from '../../src/storage/store.ts';
import { DEFAULT_PERMISSIONS } from '../../src/wire/groups.ts';
import type { Id } from '../../src/wire/wire.ts';

/**
 * Creates or changes a group: new members may read what comes after they joined. Without members the group is deleted,
 * else the change is a system row with the id `eventId`.
 */
export type GroupPart = {
  kind: 'group';
  id: Id;
  members: Id[];
  edit: number;
  picture: Id | undefined;
  eventId: Id;
  at: number;
};

/** A group after a change, by the group before it and its last seq. */
export function changedGroup(
  { members, edit, picture }: GroupPart,
  before: Group | undefined,
  lastSeq: number,
): Omit<Group, 'infoRev'> {
  return {
    edit,
    name: { edit, v: 1, kid: 'k1', content: `sealed name ${edit}`.padEnd(40 + (edit % 3) * 40, 'ö.') },
    ...(picture !== undefined && {
      picture: before?.picture?.id === picture ? before.picture : { id: picture, edit },
    }),
    members: members.map((userId, index) => {
      const joined = { userId, role: 'member' as const, fromSeq: lastSeq + 1, joinedSeq: lastSeq };
      const one = before?.members.find((member) => member.userId === userId) ?? joined;
      return { ...one, role: index === 0 ? ('owner' as const) : one.role };
    }),
    permissions: DEFAULT_PERMISSIONS,
    newcomersRead: 'none',
    ...(before?.archive && { archive: before.archive, newcomersRead: 'all' as const }),
  };
}

/** The system row of a change. */
export function eventOf({ id, members, eventId, at }: GroupPart): NewMessage {
  const event = { type: 'added' as const, userIds: members };
  const [senderId = ''] = members;
  return { id: eventId, conversationId: id, senderId, content: '', timestamp: at, v: 1, kid: '', event };
}

/** The header of a group after a change of revision `rev`, without its system row. */
export function changedHeader(
  part: GroupPart,
  known: Conversation | undefined,
  rev: number,
): GroupConversation {
  const before = known?.kind === 'group' ? known : undefined;
  const lastSeq = part.members.length === 0 ? 0 : (before?.lastSeq ?? 0);
  const group = { ...changedGroup(part, before?.group, before?.lastSeq ?? 0), infoRev: rev };
  const kept = part.members.length === 0 ? {} : before;
  return { ...kept, id: part.id, kind: 'group', members: part.members, lastSeq, group, rev };
}

/** The account of a person who left a group, or came back to it. */
export function afterChange(account: Account, groupId: Id, isMember: boolean, rev: number): Account {
  const { departed } = account;
  const isOther = ({ conversationId }: { conversationId: Id }) => conversationId !== groupId;
  if (!isMember) {
    const others = (departed ?? []).filter(isOther);
    return { ...account, departed: [...others, { conversationId: groupId, rev }], peopleRev: rev };
  }
  if (!departed) return account;
  return { ...account, departed: departed.map((one) => (isOther(one) ? one : { ...one, rejoined: true })) };
}

/** A group as text, with its fields in a fixed order. */
export function describeGroup(header: GroupConversation, picture: StoredPicture | undefined): string {
  const { name, edit, members, infoRev } = header.group;
  const pieces = picture?.pieces.map(({ content }) => content);
  const memberships = members.map((one) => [one.userId, one.role, one.fromSeq, one.joinedSeq]);
  const shown = [header.group.picture?.id, header.group.picture?.edit, picture?.id, picture?.edit, pieces];
  return JSON.stringify([edit, name.edit, name.content, memberships, infoRev, shown]);
}

/** Whether people can still write into a conversation: it is no deleted group, and no archive. */
export const isOpen = (conversation: Conversation): boolean =>
  !isDeletedGroup(conversation) && !(conversation.kind === 'group' && conversation.group.archive);
