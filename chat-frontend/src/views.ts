import type { Friend, Id } from '../../chat-core/src/wire.ts';
import type { Chat } from './chat.ts';
import { reachOf, type Tick, tickOf } from './marks.ts';
import type { Pending } from './outbox.ts';
import { type Link, linkOfHeld } from './pwa/link.ts';
import type { State } from './state.ts';

/** One bubble: a stored message, or one on its way. Both carry the id the writer's page gave it. */
export type Bubble = {
  id: Id;
  own: boolean;
  text: string;
  at: number;
  seq?: number;
  locked?: true;
  /** Of one's own. */
  tick?: Tick;
  pending?: Pending;
};

export type ChatRow = {
  id: Id;
  name: string;
  at: number;
  preview: string;
  own: boolean;
  /** Of the latest words, when they are one's own. */
  tick?: Tick;
  draft: string;
  locked: boolean;
  unread: number;
};

/** The other person of a direct conversation. */
export function companion(state: State, chat: Chat): Friend | undefined {
  return chat.members.find((member) => member.id !== state.me?.id);
}

export function bubblesOf(state: State, chat: Chat): Bubble[] {
  const myId = state.me?.id ?? '';
  const reach = reachOf(chat, myId);
  const stored = chat.messages.map((message): Bubble => {
    const own = message.senderId === myId;
    return {
      id: message.id,
      own,
      text: message.content,
      at: message.timestamp,
      seq: message.seq,
      ...(message.locked ? { locked: true } : {}),
      ...(own ? { tick: tickOf(message.seq, reach) } : {}),
    };
  });
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
    .map((entry) => ({
      id: entry.id,
      own: true,
      text: entry.text,
      at: entry.at,
      tick: entry.status,
      pending: entry,
    }));
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
  const myId = state.me?.id ?? '';
  const lastTick = last?.senderId === myId ? tickOf(last.seq, reachOf(chat, myId)) : undefined;
  const tick = latest?.tick ?? lastTick;
  return {
    id: chat.id,
    name: companion(state, chat)?.username ?? '',
    at: latest?.at ?? last?.timestamp ?? 0,
    preview: latest?.text || last?.content || '',
    own: tick !== undefined,
    ...(tick ? { tick } : {}),
    draft,
    locked: last?.locked === true && !latest,
    unread: unreadOf(chat),
  };
}

/** What was looked at here is not unread, even before the box knows. */
function unreadOf(chat: Chat): number {
  return chat.seen >= chat.lastSeq ? 0 : chat.unread;
}

export function unreadChats(state: State): number {
  return Object.values(state.chats).filter((chat) => unreadOf(chat) > 0).length;
}

/** What the banner says. A box that cannot store, or seal, shows first in the messages it holds back. */
export function linkShown(state: State): Link {
  if (state.link !== 'ok') return state.link;
  return state.outbox.map((entry) => linkOfHeld(entry.reason)).find((link) => link !== 'ok') ?? 'ok';
}

export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
