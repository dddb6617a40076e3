import type { GroupReceipt, Id, Message, Receipt } from '../../../chat-core/src/wire/wire.ts';
import type { Chat, Receipts } from './chat.ts';
import { isRemoved } from './message-range.ts';
import type { PendingMessage } from './pending.ts';

/** The delivery state of an own message (features §4.3). */
export type Tick = PendingMessage['status'] | 'sent' | 'delivered' | 'read';

/** The seqs up to which all other members have received and have read. */
export type Reach = { delivered: number; read: number };

/**
 * The receipts with a new one. Those of others never go back, whatever order the answers come in. The own one is what the
 * server sent last: one that it lost in a power cut is then sent again.
 */
export function withReceipt(receipts: Receipts, mark: Receipt, myId: Id): Receipts {
  const held = receipts[mark.userId];
  if (!held || mark.userId === myId) return { ...receipts, [mark.userId]: mark };
  const delivered = Math.max(held.delivered, mark.delivered);
  const read = Math.max(held.read, mark.read);
  return { ...receipts, [mark.userId]: { ...mark, delivered, read } };
}

/** How far messages have got in a group; like the receipts of others, it never goes back. */
export function withGroupReceipt(held: GroupReceipt | undefined, receipt: GroupReceipt): GroupReceipt {
  const delivered = Math.max(held?.delivered ?? 0, receipt.delivered);
  return { ...receipt, delivered, read: Math.max(held?.read ?? 0, receipt.read) };
}

export function reachOf({ kind, groupReceipt, members, receipts }: Chat, myId: Id): Reach {
  const others = members.filter(({ id }) => id !== myId).map(({ id }) => receipts[id]);
  // Of notes there is no one who could receive them.
  if (kind === 'group' || others.length === 0) return groupReceipt ?? { delivered: 0, read: 0 };
  const read = Math.min(...others.map((mark) => mark?.read ?? 0));
  const delivered = Math.min(...others.map((mark) => mark?.delivered ?? 0));
  return { delivered, read };
}

/** The tick of an own message with this seq. */
export function tickOf(seq: number, { delivered, read }: Reach): Tick {
  if (seq <= read) return 'read';
  return seq <= delivered ? 'delivered' : 'sent';
}

/** The seq up to which this person has read: here, on another device by what the server says, or before they joined a group. */
export function readUpTo({ seen, receipts, group }: Chat, myId: Id): number {
  return Math.max(seen, receipts[myId]?.read ?? 0, group?.joinedSeq ?? 0);
}

/** Whether messages of others up to this seq are not reported to the server as read. */
export function owesReadReceipt({ messages, jumpWindow, receipts }: Chat, myId: Id, upTo: number): boolean {
  const read = receipts[myId]?.read ?? 0;
  const owed = ({ seq, senderId, event }: Message) =>
    seq > read && seq <= upTo && senderId !== myId && !event;
  return messages.some(owed) || (jumpWindow?.messages.some(owed) ?? false);
}

/** Whether unread messages lie between what was read and the first message that is shown. */
export function isUnreadMissing(chat: Chat, myId: Id): boolean {
  const read = readUpTo(chat, myId);
  const shown = chat.jumpWindow?.messages ?? chat.messages;
  const unread = shown.filter((message) => isUnread(message, read, myId));
  return (shown[0]?.seq ?? 0) > read + 1 && unread.length < chat.unread;
}

/** Whether it is an unread message of another person that is not removed; system rows of groups are never unread. */
export const isUnread = (message: Message, read: number, myId: Id): boolean =>
  message.seq > read && message.senderId !== myId && !message.event && !isRemoved(message);
