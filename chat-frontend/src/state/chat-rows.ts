import type { GroupEvent, Id, Message, Profile } from '../../../chat-core/src/wire/wire.ts';
import type { Chat } from './chat.ts';
import { chatFlags, flagsOf } from './chat-flags.ts';
import { noDraft, textOf } from './draft.ts';
import type { FileInfo } from './file-kind.ts';
import { reachOf, type Tick, tickOf } from './receipts.ts';
import {
  areMentionsMuted,
  authorOf,
  type Bubble,
  chatTitle,
  companion,
  faceOf,
  filesOf,
  isBlocked,
  isNotes,
  isOnline,
  lastShown,
  mutedUntil,
  pendingOf,
  typingIn,
  wordsOf,
} from './selectors.ts';
import type { State } from './state.ts';

/** A conversation in the list. */
export type ChatRow = {
  id: Id;
  name: string;
  person?: Profile;
  /** Whose picture it has. */
  face?: Profile;
  at: number;
  /** Its place in the list: the greatest changed last. */
  order: number;
  preview: string;
  /** The files of the newest message. */
  files: readonly FileInfo[];
  own: boolean;
  /** Of the newest message, if it is an own one. */
  tick?: Tick;
  draft: string;
  locked: boolean;
  deleted: boolean;
  unread: number;
  /** Marked as unread by hand. */
  marked: boolean;
  pinned: boolean;
  archived: boolean;
  muted: boolean;
  /** The other people who are typing. */
  typing: Id[];
  isGroup: boolean;
  isNotes: boolean;
  /** Who wrote the newest message, and what happened in it if it is a system row. */
  senderId?: Id;
  event?: GroupEvent;
  /** The newest message is of a person whom this person has blocked. */
  blocked: boolean;
  /** Unread messages that mention this person. */
  mentions: number;
  online: boolean;
};

/**
 * The chat list: the pinned ones in their order; then the last changed first, by the revision of the server and no clock; then
 * those without messages, by name.
 * `filter` ignores case and diacritics; @ begins a username.
 */
export function chatRows(state: State, now: number, filter = ''): ChatRow[] {
  const wanted = fold(filter);
  const pins = chatFlags(state).flatMap((one) => (one.pinned ? [one.conversationId] : []));
  // Those that are not pinned come after all that are.
  const pinOf = ({ id }: ChatRow) => (pins.indexOf(id) + 1 || 99) - 1;
  return Object.values(state.chats)
    .map((chat) => rowOf(state, chat, now))
    .filter(({ name, person }) => fold(`${name}\n@${person?.username ?? ''}`).includes(wanted))
    .sort((a, b) => pinOf(a) - pinOf(b) || b.order - a.order || b.at - a.at || a.name.localeCompare(b.name));
}

function rowOf(state: State, chat: Chat, now: number): ChatRow {
  const draft = textOf(state.drafts[chat.id] ?? noDraft).trim();
  const person = companion(state, chat);
  const face = faceOf(state, chat);
  const latest = pendingOf(state, chat).at(-1);
  const last = lastShown(state, chat);
  const myId = state.me?.id ?? '';
  const ownLast = last !== undefined && authorOf(last) === myId && !last.event;
  const lastTick = last && ownLast && !last.deleted ? tickOf(last.seq, reachOf(chat, myId)) : undefined;
  const tick = latest?.tick ?? lastTick;
  const flags = flagsOf(state, chat.id);
  return {
    id: chat.id,
    name: chatTitle(state, chat),
    ...(person ? { person } : {}),
    ...(face ? { face } : {}),
    isGroup: chat.kind === 'group',
    isNotes: isNotes(chat),
    at: latest?.at ?? chat.last?.timestamp ?? 0,
    order: orderOf(state, chat, latest),
    preview: latest?.text ?? (last ? wordsOf(last) : ''),
    files: latest ? filesOf(latest) : (last?.attachments ?? []),
    own: latest !== undefined || ownLast,
    ...(last && !latest ? { senderId: authorOf(last) } : {}),
    ...(last?.event && !latest ? { event: last.event } : {}),
    blocked: !latest && chat.kind === 'group' && last !== undefined && isBlocked(state, last.senderId),
    ...(tick ? { tick } : {}),
    draft,
    locked: last?.locked === true && !latest,
    deleted: last?.deleted === true && !latest,
    unread: unreadIn(state, chat),
    marked: flags?.unread === true,
    pinned: flags?.pinned === true,
    archived: isArchived(state, chat, now),
    mentions: mentionsOf(chat),
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

/** Of a chat with a blocked person none count: nothing new arrives there. */
function unreadIn(state: State, chat: Chat): number {
  const person = companion(state, chat);
  return person && isBlocked(state, person.id) ? 0 : unreadOf(chat);
}

/** How many unread messages of a group mention this person. */
const mentionsOf = (chat: Chat) => (unreadOf(chat) > 0 ? (chat.mentions ?? 0) : 0);

/** How many conversations have unread messages that notify. */
export function unreadChats(state: State, now: number): number {
  return Object.values(state.chats).filter((chat) => notifyingIn(state, chat, now) > 0).length;
}

/** Whether a chat is in the archive: one that is not muted leaves it with a newer message. */
export function isArchived(state: State, chat: Chat, now: number): boolean {
  const { archived = -1 } = flagsOf(state, chat.id) ?? {};
  return archived >= 0 && (chat.lastSeq <= archived || mutedUntil(state, chat.id, now) !== undefined);
}

/**
 * The unread messages of a conversation that notify: of a muted one, those that mention this person, unless they are muted too;
 * of one in the archive none. A chat that was marked as unread counts as one.
 */
export function notifyingIn(state: State, chat: Chat, now: number): number {
  if (isArchived(state, chat, now)) return 0;
  if (mutedUntil(state, chat.id, now) === undefined)
    return unreadIn(state, chat) || Number(flagsOf(state, chat.id)?.unread === true);
  return areMentionsMuted(state, chat.id) ? 0 : mentionsOf(chat);
}

export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
