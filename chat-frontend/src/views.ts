import type { Friend, Id, Message } from '../../chat-core/src/wire.ts';
import type { Chat } from './chat.ts';
import type { Pending } from './outbox.ts';
import type { Link, State } from './state.ts';

/** One bubble: a stored message, or one on its way. Both carry the id the writer's page gave it. */
export type Bubble = {
  id: Id;
  own: boolean;
  text: string;
  at: number;
  seq?: number;
  locked?: true;
  pending?: Pending;
};

export type ChatRow = {
  id: Id;
  name: string;
  at: number;
  preview: string;
  own: boolean;
  pending: boolean;
  draft: string;
  locked: boolean;
  unread: boolean;
};

/** The other person of a direct conversation. */
export function companion(state: State, chat: Chat): Friend | undefined {
  return chat.members.find((member) => member.id !== state.me?.id);
}

export function bubblesOf(state: State, chat: Chat): Bubble[] {
  const stored = chat.messages.map((message) => storedBubble(state, message));
  return [...stored, ...pendingOf(state, chat)];
}

/** A stored message hides its pending twin, so a bubble that was shown as sent never becomes "sending" again. */
function pendingOf(state: State, chat: Chat): Bubble[] {
  const waiting = state.outbox.filter((entry) => entry.conversationId === chat.id);
  if (waiting.length === 0) return [];
  const stored = new Set(chat.messages.map((message) => message.id));
  if (chat.last) stored.add(chat.last.id);
  return waiting
    .filter((entry) => !stored.has(entry.id))
    .map((entry) => ({ id: entry.id, own: true, text: entry.text, at: entry.at, pending: entry }));
}

function storedBubble(state: State, message: Message): Bubble {
  return {
    id: message.id,
    own: message.senderId === state.me?.id,
    text: message.content,
    at: message.timestamp,
    seq: message.seq,
    ...(message.locked ? { locked: true } : {}),
  };
}

/** The chat list: latest first, then those without a word by name. `filter` ignores case and diacritics. */
export function chatRows(state: State, filter = ''): ChatRow[] {
  const wanted = fold(filter);
  return Object.values(state.chats)
    .map((chat) => rowOf(state, chat))
    .filter((row) => fold(row.name).includes(wanted))
    .sort((a, b) => b.at - a.at || a.name.localeCompare(b.name));
}

function rowOf(state: State, chat: Chat): ChatRow {
  const draft = state.drafts[chat.id]?.trim() ?? '';
  const latest = pendingOf(state, chat).at(-1);
  const last = chat.last;
  return {
    id: chat.id,
    name: companion(state, chat)?.username ?? '',
    at: latest?.at ?? last?.timestamp ?? 0,
    preview: latest?.text || last?.content || '',
    own: latest !== undefined || last?.senderId === state.me?.id,
    pending: latest !== undefined,
    draft,
    locked: last?.locked === true && !latest,
    unread: isUnread(state, chat),
  };
}

export function isUnread(state: State, chat: Chat): boolean {
  if (!chat.last || chat.last.senderId === state.me?.id) return false;
  return chat.last.seq > (state.seen[chat.id] ?? 0);
}

export function unreadChats(state: State): number {
  return Object.values(state.chats).filter((chat) => isUnread(state, chat)).length;
}

/** What the banner says. A cipher that is away shows first in the messages it holds back. */
export function linkShown(state: State): Link {
  if (state.link !== 'ok') return state.link;
  const heldBack = state.outbox.some((entry) => entry.reason === 'CIPHER_UNAVAILABLE');
  return heldBack ? 'cipher' : 'ok';
}

export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
