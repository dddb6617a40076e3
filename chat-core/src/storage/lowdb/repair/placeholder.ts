import { DEFAULT_PERMISSIONS } from '../../../wire/groups.ts';
import type { Id } from '../../../wire/wire.ts';
import { NO_PASSWORD, toId } from '../../foreign-ids.ts';
import type {
  Account,
  Conversation,
  GroupConversation,
  GroupMembership,
  StoredMessage,
} from '../../store.ts';
import { freeUsername } from '../../usernames.ts';

/** The kid of placeholders. No key has this name, so that they are shown as locked, like any row without its key. */
export const PLACEHOLDER_KID = 'lost';

/**
 * The placeholder of a lost message, so that seqs have no gap and people see that a message was there. It cannot be
 * decrypted. Its sender is unknown: it is the first member's. Revisions ascend with seq: it has that of a neighbour.
 */
export function placeholderMessage(
  { id, kind, members }: Conversation,
  seq: number,
  neighbour: { rev: number; timestamp: number },
): StoredMessage {
  const [senderId = '', receiverId] = members;
  const { rev, timestamp } = neighbour;
  const messageId = toId('message', `lost ${id} ${seq}`);
  return {
    id: messageId,
    conversationId: id,
    seq,
    senderId,
    ...(kind === 'direct' && receiverId !== undefined && { receiverId }),
    content: '',
    timestamp,
    v: 1,
    kid: PLACEHOLDER_KID,
    rev,
  };
}

/**
 * The header of a group of which nothing but the members is known: a name that never opens, no picture, the rules of a new
 * group, and nothing of the past for newcomers.
 */
export function placeholderGroup(id: Id, members: GroupMembership[], rev: number): GroupConversation {
  return {
    id,
    kind: 'group',
    members: members.map(({ userId }) => userId),
    lastSeq: 0,
    group: {
      edit: 1,
      name: { edit: 1, v: 1, kid: PLACEHOLDER_KID, content: '' },
      members,
      permissions: DEFAULT_PERMISSIONS,
      newcomersRead: 'none',
      infoRev: rev,
    },
    rev,
  };
}

/**
 * The placeholder of a lost account that other rows name: its id, so that its conversations and friendships stay, a free
 * username and no password. The owner can log in again with a reset code of the operator.
 */
export function placeholderAccount(id: Id, isTaken: (folded: string) => boolean): Account {
  const username = freeUsername('lost-account', isTaken);
  return { id, username, password: NO_PASSWORD, contacts: [], tokenVersion: 0, devices: [] };
}
