import type {
  Delta,
  DirectConversation,
  GroupConversation,
  GroupInfo,
  Me,
  Message,
  Privacy,
  Receipt,
} from '../../../chat-core/src/wire/wire.ts';
import type { PendingMessage } from '../../src/state/pending.ts';
import { type Event, reduce, type State, signedOut } from '../../src/state/state.ts';

const privacy: Privacy = { lastSeen: 'contacts', typing: 'contacts', readReceipts: true };
export const me: Me = { id: 'me', username: 'sari', privacy };
export const budi = { id: 'budi', username: 'Budi' };
export const chatId = 'chat-1';

export function message(seq: number, more: Partial<Message> = {}): Message {
  const base = {
    id: `m${seq}`,
    conversationId: chatId,
    seq,
    senderId: budi.id,
    timestamp: seq * 1_000,
    rev: seq,
  };
  return { ...base, content: `text ${seq}`, ...more };
}

/** The receipts of Budi, or of `userId`: the seqs up to which messages are delivered and read. */
export function mark(delivered: number, read: number, userId = budi.id): Receipt {
  return { conversationId: chatId, userId, delivered, read };
}

/** Messages from one seq to another, both included. */
export function messages(from: number, to: number): Message[] {
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => message(from + index));
}

export function conversation(lastSeq: number, more: Partial<DirectConversation> = {}): DirectConversation {
  const last = lastSeq > 0 ? { last: message(lastSeq) } : {};
  return { id: chatId, kind: 'direct', members: [me, budi], lastSeq, unread: lastSeq, ...last, ...more };
}

export const citra = { id: 'citra', username: 'Citra' };
export const groupId = 'group-1';

export function groupInfo(more: Partial<GroupInfo> = {}): GroupInfo {
  return {
    name: 'Keluarga',
    members: [
      { id: me.id, username: me.username, role: 'member' },
      { ...budi, role: 'owner' },
      { ...citra, role: 'member' },
    ],
    permissions: {
      post: 'everyone',
      addMembers: 'everyone',
      editInfo: 'everyone',
      pin: 'admins',
      removeMessages: 'admins',
    },
    newcomersRead: 'none',
    fromSeq: 1,
    joinedSeq: 0,
    ...more,
  };
}

/** A group of three people, with `lastSeq` unread messages of Budi. */
export function groupConversation(lastSeq: number, more: Partial<GroupConversation> = {}): GroupConversation {
  const last = lastSeq > 0 ? { last: inGroup(message(lastSeq)) } : {};
  return { id: groupId, kind: 'group', group: groupInfo(), lastSeq, unread: lastSeq, ...last, ...more };
}

export const inGroup = (one: Message): Message => ({ ...one, conversationId: groupId });

/** A sync delta received at `at`, in epoch milliseconds. */
export function delta(more: Partial<Delta> = {}, at = 0): Event {
  return { type: 'delta', at, delta: { cursor: 'box.1.0', pollAfterMs: 4_000, ...more } };
}

export function history(list: Message[], before?: number, limit = 5): Event {
  return { type: 'history', conversationId: chatId, before, messages: list, limit };
}

export function pending(id: string, more: Partial<PendingMessage> = {}): PendingMessage {
  return { id, conversationId: chatId, text: id, at: 1_000, status: 'sending', ...more };
}

export function after(...events: Event[]): State {
  return events.reduce(reduce, signedOut);
}

/** The events after a login, with one friend and one conversation of `lastSeq` unread messages. */
export function start(lastSeq: number): Event[] {
  return [
    { type: 'signed-in', me, drafts: {} },
    delta({ reset: true, me, friends: [budi], conversations: [conversation(lastSeq)] }),
  ];
}
