import type { Id, Message, Profile } from '../../../chat-core/src/wire/wire.ts';
import type { Chat } from './chat.ts';
import { noDraft, textOf } from './draft.ts';
import { reachOf, type Tick, tickOf } from './receipts.ts';
import {
  type Bubble,
  companion,
  isOnline,
  lastShown,
  mutedUntil,
  nameOf,
  pendingOf,
  typingIn,
} from './selectors.ts';
import type { State } from './state.ts';

/** A conversation in the list. */
export type ChatRow = {
  id: Id;
  name: string;
  person?: Profile;
  at: number;
  /** Its place in the list: the greatest changed last. */
  order: number;
  preview: string;
  own: boolean;
  /** Of the newest message, if it is an own one. */
  tick?: Tick;
  draft: string;
  locked: boolean;
  deleted: boolean;
  unread: number;
  muted: boolean;
  typing: boolean;
  online: boolean;
};

/**
 * The chat list: the last changed first, by the revision of the server and no clock; then those without messages, by name.
 * `filter` ignores case and diacritics; @ begins a username.
 */
export function chatRows(state: State, now: number, filter = ''): ChatRow[] {
  const wanted = fold(filter);
  return Object.values(state.chats)
    .map((chat) => rowOf(state, chat, now))
    .filter(({ name, person }) => fold(`${name}\n@${person?.username ?? ''}`).includes(wanted))
    .sort((a, b) => b.order - a.order || b.at - a.at || a.name.localeCompare(b.name));
}

function rowOf(state: State, chat: Chat, now: number): ChatRow {
  const draft = textOf(state.drafts[chat.id] ?? noDraft).trim();
  const person = companion(state, chat);
  const latest = pendingOf(state, chat).at(-1);
  const last = lastShown(state, chat);
  const myId = state.me?.id ?? '';
  const ownLast = last?.senderId === myId;
  const lastTick = last && ownLast && !last.deleted ? tickOf(last.seq, reachOf(chat, myId)) : undefined;
  const tick = latest?.tick ?? lastTick;
  return {
    id: chat.id,
    name: nameOf(person),
    ...(person ? { person } : {}),
    at: latest?.at ?? chat.last?.timestamp ?? 0,
    order: orderOf(state, chat, latest),
    preview: latest?.text || last?.content || '',
    own: latest !== undefined || ownLast,
    ...(tick ? { tick } : {}),
    draft,
    locked: last?.locked === true && !latest,
    deleted: last?.deleted === true && !latest,
    unread: unreadOf(chat),
    muted: mutedUntil(state, chat.id, now) !== undefined,
    typing: typingIn(state, chat),
    online: person !== undefined && isOnline(state, person.id),
  };
}

/** A message being sent is the newest; a failed one stays where it was written. */
function orderOf(state: State, { last }: Chat, latest: Bubble | undefined): number {
  if (!latest) return revOf(last);
  if (latest.tick !== 'failed') return Number.POSITIVE_INFINITY;
  const before = Object.values(state.chats).filter((chat) => (chat.last?.timestamp ?? 0) <= latest.at);
  return Math.max(...before.map((chat) => revOf(chat.last)), 0) + 0.5;
}

/** A message stored by an earlier version of the page has none. */
const revOf = (message: Partial<Message> | undefined) => message?.rev ?? 0;

/** A conversation that was seen here has no unread messages, even before the server knows. */
function unreadOf(chat: Chat): number {
  return chat.seen >= chat.lastSeq ? 0 : chat.unread;
}

/** How many conversations have unread messages and are not muted. */
export function unreadChats(state: State, now: number): number {
  return unmutedUnread(state, now).length;
}

/** How many messages are unread in conversations that are not muted, except one. */
export function unreadElsewhere(state: State, now: number, here: Id | undefined): number {
  const others = unmutedUnread(state, now).filter(({ id }) => id !== here);
  return others.reduce((sum, chat) => sum + unreadOf(chat), 0);
}

const unmutedUnread = (state: State, now: number): Chat[] =>
  Object.values(state.chats).filter(
    (chat) => unreadOf(chat) > 0 && mutedUntil(state, chat.id, now) === undefined,
  );

export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
