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
  /** Where it stands: the later it changed, the greater. */
  order: number;
  preview: string;
  own: boolean;
  /** Of the latest words, when they are one's own. */
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
 * The chat list: changed last first, by what the box counts and no clock; then those without a word by name. `filter`
 * ignores case and diacritics; @ begins a username.
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

/** What is on its way comes last; what did not leave stands where it was written. */
function orderOf(state: State, { last }: Chat, latest: Bubble | undefined): number {
  if (!latest) return revOf(last);
  if (latest.tick !== 'failed') return Number.POSITIVE_INFINITY;
  const before = Object.values(state.chats).filter((chat) => (chat.last?.timestamp ?? 0) <= latest.at);
  return Math.max(...before.map((chat) => revOf(chat.last)), 0) + 0.5;
}

/** What was kept by an older page has none, and nothing newer has come there since. */
const revOf = (message: Partial<Message> | undefined) => message?.rev ?? 0;

/** What was looked at here is not unread, even before the box knows. */
function unreadOf(chat: Chat): number {
  return chat.seen >= chat.lastSeq ? 0 : chat.unread;
}

/** How many conversations call for attention: what is muted does not. */
export function unreadChats(state: State, now: number): number {
  return calling(state, now).length;
}

/** How many messages call for attention, those of one conversation left out. */
export function unreadElsewhere(state: State, now: number, here: Id | undefined): number {
  const others = calling(state, now).filter(({ id }) => id !== here);
  return others.reduce((sum, chat) => sum + unreadOf(chat), 0);
}

const calling = (state: State, now: number): Chat[] =>
  Object.values(state.chats).filter(
    (chat) => unreadOf(chat) > 0 && mutedUntil(state, chat.id, now) === undefined,
  );

export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
