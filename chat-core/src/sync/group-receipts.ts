import { membershipOf } from '../conversations/membership.ts';
import { areFriends } from '../conversations/relations.ts';
import { privacyOf } from '../people/privacy.ts';
import type {
  Conversation,
  GroupConversation,
  GroupMembership,
  Mark,
  Store,
  StoredMessage,
} from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';

/** Settings and blocks are read without a promise: with 64 members every message is marked 63 times. */
type Reader = Pick<Store, 'signedIn' | 'marksOf' | 'messages'>;
/** How far a member, or all of them, have got in a group. */
type Progress = { delivered: number; read: number };

/** Messages of a group looked through for their authors when all members have got further; beyond, all members count. */
const MAX_ROWS = 200;

/**
 * How far the messages of a group have got with every member but the viewer: delivered to all, and read by all who let
 * others know what they read; where no one does, or the viewer does not, nothing counts as read. Members across a block
 * do not count.
 */
export async function leastReceipts(
  store: Reader,
  conversation: GroupConversation,
  viewerId: Id,
): Promise<Progress> {
  const progress = await progressOf(store, conversation);
  let delivered = Infinity;
  let read = Infinity;
  for (const { userId } of conversation.group.members) {
    if (userId === viewerId || isBlocked(store, userId, viewerId)) continue;
    const got = progress.get(userId) ?? { delivered: 0, read: 0 };
    delivered = Math.min(delivered, got.delivered);
    if (showsRead(store, userId)) read = Math.min(read, got.read);
  }
  if (!showsRead(store, viewerId)) read = Infinity;
  const least = (seq: number) => (seq === Infinity ? 0 : Math.min(seq, conversation.lastSeq));
  return { delivered: least(delivered), read: least(read) };
}

/**
 * The authors who may see that their messages have reached everyone, or been read by everyone, since a member's mark was
 * `before`: those of the messages that this member had less of than any other, as far as either lets the other know.
 */
export async function authorsAffected(
  store: Reader,
  conversation: GroupConversation,
  userId: Id,
  before: Mark | undefined,
): Promise<Id[]> {
  const progress = await progressOf(store, conversation);
  const now = progress.get(userId) ?? { delivered: 0, read: 0 };
  const joined = membershipOf(conversation, userId)?.joinedSeq ?? 0;
  const { silent, blocking } = exceptionsOf(store, conversation.members);
  /** The seq after which messages have got further with everyone. */
  const firstOf = (kind: keyof Progress) => {
    if (kind === 'read' && silent.has(userId)) return Infinity;
    // An author is not waited for: the second least decides where the least may be the author.
    let [least, second] = [Infinity, Infinity];
    for (const [id, got] of progress) {
      if (id === userId || blocking.has(id) || (kind === 'read' && silent.has(id))) continue;
      second = Math.min(second, Math.max(least, got[kind]));
      least = Math.min(least, got[kind]);
    }
    const from = Math.max(before?.[kind] ?? 0, joined);
    return from < Math.min(now[kind], second) ? from : Infinity;
  };
  const first = { delivered: firstOf('delivered'), read: firstOf('read') };
  const oldest = Math.min(first.delivered, first.read);
  const newest = first.delivered < Infinity ? now.delivered : now.read;
  if (oldest >= newest) return [];
  const isDelivered = (seq: number) => seq > first.delivered && seq <= now.delivered;
  const isRead = (seq: number) => seq > first.read && seq <= now.read;
  const isFar = newest - oldest > MAX_ROWS;
  const rows = isFar
    ? conversation.members.map((senderId) => ({ senderId, seq: newest }))
    : await store.messages(conversation.id, { before: newest + 1, limit: newest - oldest });
  const authors = new Set(
    rows
      .filter(({ senderId, seq }) => isDelivered(seq) || (isRead(seq) && !silent.has(senderId)))
      .map(({ senderId }) => senderId),
  );
  return conversation.members.filter(
    (id) => id !== userId && authors.has(id) && !isBlocked(store, id, userId),
  );
}

/**
 * By whom a message was received and read, except its author. In a group: members who hide what they read count as
 * delivered only; those across a block and those who joined after the message are not listed. In a direct conversation
 * receipts are between friends.
 */
export async function receiptsOf(
  store: Reader & Pick<Store, 'account'>,
  conversation: Conversation,
  viewerId: Id,
  { seq, senderId }: Pick<StoredMessage, 'seq' | 'senderId'>,
): Promise<{ userId: Id; delivered: boolean; read: boolean }[]> {
  const marks = new Map((await store.marksOf(conversation.id)).map((mark) => [mark.userId, mark]));
  const isShown = showsRead(store, viewerId);
  const found: { userId: Id; delivered: boolean; read: boolean }[] = [];
  for (const userId of conversation.members) {
    if (userId === senderId || userId === viewerId || isBlocked(store, userId, viewerId)) continue;
    const isIncluded =
      conversation.kind === 'group'
        ? (membershipOf(conversation, userId)?.joinedSeq ?? 0) < seq
        : await areFriends(store, userId, viewerId);
    if (!isIncluded) continue;
    const { delivered = 0, read = 0 } = marks.get(userId) ?? {};
    const isRead = isShown && showsRead(store, userId) && read >= seq;
    found.push({ userId, delivered: delivered >= seq, read: isRead });
  }
  return found;
}

/** Members who hide what they read, and members between whom there is a block, for whom not all others count. */
function exceptionsOf(store: Reader, members: Id[]): { silent: Set<Id>; blocking: Set<Id> } {
  const silent = new Set<Id>();
  const blocking = new Set<Id>();
  for (const id of members) {
    if (!showsRead(store, id)) silent.add(id);
    const blocked = blockedBy(store, id).filter((other) => members.includes(other));
    for (const other of blocked.length > 0 ? [id, ...blocked] : []) blocking.add(other);
  }
  return { silent, blocking };
}

const showsRead = (store: Reader, id: Id) => privacyOf(store.signedIn(id) ?? {}).readReceipts;
const blockedBy = (store: Reader, id: Id) => store.signedIn(id)?.blocked ?? [];
const isBlocked = (store: Reader, a: Id, b: Id) =>
  blockedBy(store, a).includes(b) || blockedBy(store, b).includes(a);

/** How far each member has got; what came before they joined counts as read. */
async function progressOf(store: Reader, { id, group }: GroupConversation): Promise<Map<Id, Progress>> {
  const marks = new Map((await store.marksOf(id)).map((mark) => [mark.userId, mark]));
  return new Map(
    group.members.map(({ userId, joinedSeq }: GroupMembership) => {
      const { delivered = 0, read = 0 } = marks.get(userId) ?? {};
      return [userId, { delivered: Math.max(delivered, joinedSeq), read: Math.max(read, joinedSeq) }];
    }),
  );
}
