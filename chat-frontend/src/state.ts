import type {
  Conversation,
  Delta,
  Friend,
  Id,
  Mark,
  Message,
  Profile,
  ReadUpToAnswer,
} from '../../chat-core/src/wire.ts';
import type { FailureCode } from './api.ts';
import { applyHistory, type Chat, describedBy, mergeBy, receiveInto } from './chat.ts';
import { withMark } from './marks.ts';
import type { Pending } from './outbox.ts';
import type { Link } from './pwa/link.ts';

export type State = {
  me: Profile | null;
  /** The first answer of the box has arrived. */
  ready: boolean;
  friends: Friend[];
  chats: Record<Id, Chat>;
  outbox: Pending[];
  drafts: Record<Id, string>;
  link: Link;
};

export type Event =
  | { type: 'signed-in'; me: Profile; drafts: Record<Id, string> }
  | { type: 'signed-out' }
  | { type: 'delta'; delta: Delta }
  | { type: 'history-asked'; conversationId: Id }
  | { type: 'history'; conversationId: Id; before: number | undefined; messages: Message[]; limit: number }
  | { type: 'history-failed'; conversationId: Id; code: FailureCode }
  | { type: 'sent'; message: Message }
  | { type: 'outbox'; entries: Pending[] }
  | { type: 'draft'; conversationId: Id; text: string }
  | { type: 'seen'; conversationId: Id; seq: number }
  | { type: 'read'; answer: ReadUpToAnswer }
  | { type: 'link'; link: Link };

export const signedOut: State = {
  me: null,
  ready: false,
  friends: [],
  chats: {},
  outbox: [],
  drafts: {},
  link: 'ok',
};

/** The next state. Applying the same event twice gives the state of applying it once. */
export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'signed-in':
      return { ...signedOut, me: event.me, drafts: event.drafts };
    case 'signed-out':
      return signedOut;
    case 'delta':
      return applyDelta(state, event.delta);
    case 'history-asked':
      return withChat(state, event.conversationId, ({ failure: _, ...chat }) => ({ ...chat, loading: true }));
    case 'history':
      return withChat(state, event.conversationId, (chat) => applyHistory(chat, event));
    case 'history-failed':
      return withChat(state, event.conversationId, (chat) => ({
        ...chat,
        loading: false,
        failure: event.code,
      }));
    case 'sent':
      return receive(state, [event.message]);
    case 'outbox':
      return { ...state, outbox: event.entries };
    case 'draft':
      return { ...state, drafts: { ...state.drafts, [event.conversationId]: event.text } };
    case 'seen':
      return applySeen(state, event.conversationId, event.seq);
    case 'read': {
      const { unread, ...mark } = event.answer;
      return withChat(receiveMark(state, mark), mark.conversationId, (chat) => ({ ...chat, unread }));
    }
    case 'link':
      return state.link === event.link ? state : linked(state, event.link);
  }
}

/** Back in touch, a history that could not be read is worth another try. */
function linked(state: State, link: Link): State {
  if (link !== 'ok') return { ...state, link };
  const chats = Object.entries(state.chats).map(([id, { failure: _, ...chat }]) => [id, chat] as const);
  return { ...state, link, chats: Object.fromEntries(chats) };
}

function applyDelta(state: State, delta: Delta): State {
  let next: State = { ...state, ready: true };
  if (delta.me) next.me = delta.me;
  if (delta.reset) {
    next.friends = [];
    next.chats = {};
  }
  if (delta.friends) next.friends = mergeBy(next.friends, delta.friends, (friend) => friend.id);
  for (const conversation of delta.conversations ?? []) next = putConversation(next, state, conversation);
  next = receive(next, delta.messages ?? []);
  return (delta.marks ?? []).reduce(receiveMark, next);
}

function receiveMark(state: State, mark: Mark): State {
  const myId = state.me?.id ?? '';
  return withChat(state, mark.conversationId, (chat) => ({
    ...chat,
    marks: withMark(chat.marks, mark, myId),
  }));
}

function applySeen(state: State, id: Id, seq: number): State {
  const known = (state.chats[id]?.seen ?? seq) >= seq;
  return known ? state : withChat(state, id, (chat) => ({ ...chat, seen: seq }));
}

function putConversation(state: State, before: State, conversation: Conversation): State {
  const { id } = conversation;
  const chat = describedBy(conversation, state.chats[id], before.chats[id]);
  return { ...state, chats: { ...state.chats, [id]: chat } };
}

function receive(state: State, messages: Message[]): State {
  let next = state;
  for (const conversationId of new Set(messages.map((message) => message.conversationId))) {
    const group = messages.filter((message) => message.conversationId === conversationId);
    next = withChat(next, conversationId, (chat) => receiveInto(chat, group));
  }
  return next;
}

function withChat(state: State, id: Id, change: (chat: Chat) => Chat): State {
  const chat = state.chats[id];
  return chat ? { ...state, chats: { ...state.chats, [id]: change(chat) } } : state;
}
