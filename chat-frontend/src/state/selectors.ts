import type { Id, Message, Profile } from '../../../chat-core/src/wire/wire.ts';
import { type Chat, messageAt } from './chat.ts';
import { type ConnectionStatus, connectionOfPending } from './connection-status.ts';
import { isRemoved } from './message-range.ts';
import type { PendingMessage, PendingMutation } from './pending.ts';
import { reachOf, type Tick, tickOf } from './receipts.ts';
import type { State } from './state.ts';

/** What an answer refers to. `gone`: nothing of it is shown; `missing`: not read from the box yet. */
export type Quote = { seq: number } & (
  | { kind: 'text'; own: boolean; text: string }
  | { kind: 'gone' | 'locked' | 'missing' }
);

/** One bubble: a stored message, or one on its way. Both carry the id the writer's page gave it. */
export type Bubble = {
  id: Id;
  own: boolean;
  text: string;
  at: number;
  seq?: number;
  locked?: true;
  deleted?: true;
  edited?: true;
  /** It waits for the box to be edited, as it is shown already, or to be deleted for everyone. */
  mutation?: PendingMutation;
  quote?: Quote;
  /** Of one's own. */
  tick?: Tick;
  pending?: PendingMessage;
};

/** What a person is called: as they wish, else by their username. */
export function nameOf(person: Profile | null | undefined): string {
  return person?.displayName || person?.username || '';
}

/** The other person of a direct conversation, as the box spoke of them last. */
export function companion(state: State, chat: Chat): Profile | undefined {
  const member = chat.members.find(({ id }) => id !== state.me?.id);
  return member && (state.people[member.id] ?? member);
}

/** The conversation with somebody. */
export function chatWith(state: State, userId: Id): Chat | undefined {
  return Object.values(state.chats).find((chat) => companion(state, chat)?.id === userId);
}

export const isFriend = (state: State, userId: Id) => state.friends.some(({ id }) => id === userId);
export const isBlocked = (state: State, userId: Id) => state.blocked.some(({ id }) => id === userId);

/** Only friends are written to. Before it is known who they are nothing is refused here. */
export function canWrite(state: State, chat: Chat): boolean {
  const person = companion(state, chat);
  return !state.ready || person === undefined || isFriend(state, person.id);
}

export function bubblesOf(state: State, chat: Chat): Bubble[] {
  const shown = chat.jumpWindow?.messages ?? chat.messages;
  const stored = shown
    .filter((message) => !isHidden(state, message))
    .map((message) => bubbleOf(state, chat, message));
  return chat.jumpWindow ? stored : [...stored, ...pendingOf(state, chat)];
}

function bubbleOf(state: State, chat: Chat, message: Message): Bubble {
  const myId = state.me?.id ?? '';
  const own = message.senderId === myId;
  const { seq, deleted, locked, editedAt, replyTo } = message;
  const mutation = deleted ? undefined : mutationOf(state, message);
  return {
    id: message.id,
    own,
    text: mutation?.kind === 'edit' ? mutation.text : message.content,
    at: message.timestamp,
    seq,
    ...(locked ? { locked } : {}),
    ...(deleted ? { deleted } : {}),
    ...(editedAt !== undefined && !deleted ? { edited: true } : {}),
    ...(mutation ? { mutation } : {}),
    ...(replyTo !== undefined && !deleted ? { quote: quoteOf(state, chat, replyTo) } : {}),
    ...(own && !deleted ? { tick: tickOf(seq, reachOf(chat, myId)) } : {}),
  };
}

/** What is shown of the message an answer refers to. */
export function quoteOf(state: State, chat: Chat, seq: number): Quote {
  const message = messageAt(chat, seq);
  if (!message) return { seq, kind: 'missing' };
  if (isRemoved(message) || state.pendingDeletions.includes(message.id)) return { seq, kind: 'gone' };
  if (message.locked) return { seq, kind: 'locked' };
  return { seq, kind: 'text', own: message.senderId === state.me?.id, text: message.content };
}

function isHidden(state: State, message: Message): boolean {
  const { id, hidden } = message;
  return hidden === true || state.pendingDeletions.includes(id) || mutationOf(state, message)?.kind === 'me';
}

const mutationOf = (state: State, { conversationId, seq }: Message) =>
  state.mutations.find((mutation) => mutation.seq === seq && mutation.conversationId === conversationId);

/** A stored message hides its pending twin, so a bubble that was shown as sent never becomes "sending" again. */
export function pendingOf(state: State, chat: Chat): Bubble[] {
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
      ...(entry.replyTo === undefined ? {} : { quote: quoteOf(state, chat, entry.replyTo) }),
    }));
}

/** The newest message this person still sees, as far as it is known. */
export function lastShown(state: State, chat: Chat): Message | undefined {
  if (chat.last && !isHidden(state, chat.last)) return chat.last;
  return chat.messages.findLast((message) => !isHidden(state, message));
}

/** Who types in a conversation right now. */
export function typingIn(state: State, chat: Chat): boolean {
  return Object.keys(state.typing[chat.id] ?? {}).some((id) => id !== state.me?.id);
}

/** Whether somebody is known to be there now. Out of touch nobody is. */
export function isOnline(state: State, userId: Id): boolean {
  return state.connection === 'ok' && state.presence[userId]?.online === true;
}

/** A week is the longest that is not for ever; what ends later was set while the clock of the box was ahead. */
const MAX_MUTED_MS = 8 * 24 * 60 * 60 * 1_000;

/** Until when a conversation is muted by the clock of the box: a time, `true` for always, undefined when it is not. */
export function mutedUntil({ me }: State, conversationId: Id, now: number): number | true | undefined {
  const muted = me && 'muted' in me ? me.muted : undefined;
  const one = muted?.find((candidate) => candidate.conversationId === conversationId);
  const until = one && (one.until ?? true);
  const left = until === true || until === undefined ? until : until - now;
  return left === true || (left && left > 0 && left <= MAX_MUTED_MS) ? until : undefined;
}

/** Since when something is wrong on the way to the box; undefined while nothing is. */
export const disconnectedSince = ({ connection, disconnectedSince: since }: State) =>
  connection === 'ok' ? undefined : since;

/** What the banner says. A box that cannot store, or seal, shows first in the messages it holds back. */
export function shownConnection(state: State): ConnectionStatus {
  if (state.connection !== 'ok') return state.connection;
  return (
    state.outbox.map((entry) => connectionOfPending(entry.reason)).find((status) => status !== 'ok') ?? 'ok'
  );
}
