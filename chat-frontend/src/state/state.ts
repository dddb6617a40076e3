import type {
  Conversation,
  Delta,
  Id,
  Me,
  Message,
  Profile,
  ReadUpToAnswer,
  Receipt,
  ServerInfo,
} from '../../../chat-core/src/wire/wire.ts';
import type { ApiErrorCode } from '../api/api-error.ts';
import {
  applyHistory,
  applyJumpWindow,
  type Chat,
  dropUnreadable,
  fromConversation,
  leaveJumpWindow,
  receiveInto,
  type StoredChat,
  withOthers,
} from './chat.ts';
import type { ConnectionStatus } from './connection-status.ts';
import { departedChats, withoutChats } from './departed.ts';
import type { Draft } from './draft.ts';
import type { PendingMessage, PendingMutation } from './pending.ts';
import { noPeople, type People, typingAt, withPeople } from './people.ts';
import { withGroupReceipt, withReceipt } from './receipts.ts';

export type State = People & {
  me: Profile | Me | null;
  serverInfo: ServerInfo | null;
  /** There is something to show: the stored snapshot, or the first answer of the server. */
  ready: boolean;
  /** The server has answered since the page was opened. */
  live: boolean;
  chats: Record<Id, Chat>;
  outbox: PendingMessage[];
  drafts: Record<Id, Draft>;
  /** Edits and deletions that the server has not confirmed. */
  mutations: PendingMutation[];
  /** Messages that are about to be deleted for this person; it can still be undone. */
  pendingDeletions: Id[];
  connection: ConnectionStatus;
  /** Since when `connection` is not `ok`. */
  disconnectedSince?: number;
};

/** What this browser stores of people. */
export type StoredPeople = Pick<State, 'me' | 'people' | 'friends' | 'requests' | 'blocked'>;

type HistoryPage = { before: number | undefined; messages: Message[]; limit: number };

/** `at`: of a connection by the clock of the server, else by the monotonic clock. `stored`: from this browser, not from the server. */
export type Event =
  | { type: 'server-info'; serverInfo: ServerInfo }
  | { type: 'signed-in'; me: Profile; drafts: Record<Id, Draft> }
  | { type: 'signed-out' }
  | { type: 'snapshot'; people: StoredPeople; chats: StoredChat[] }
  | { type: 'me'; me: Me }
  | { type: 'delta'; delta: Delta; at: number }
  | { type: 'time'; at: number }
  | { type: 'history-asked'; conversationId: Id }
  | ({ type: 'history'; conversationId: Id; stored?: true } & HistoryPage)
  | ({ type: 'jump-window'; conversationId: Id; jumped: boolean } & HistoryPage)
  | { type: 'jump-window-left'; conversationId: Id }
  | { type: 'others'; conversationId: Id; messages: Message[] }
  | { type: 'history-failed'; conversationId: Id; code: ApiErrorCode }
  | { type: 'sent' | 'changed'; message: Message }
  | { type: 'pending-deletions'; ids: Id[] }
  | { type: 'outbox'; entries: PendingMessage[] }
  | { type: 'mutations'; mutations: PendingMutation[] }
  | { type: 'draft'; conversationId: Id; draft: Draft }
  | { type: 'drafts'; drafts: Record<Id, Draft> }
  | { type: 'seen'; conversationId: Id; seq: number }
  | { type: 'read'; answer: ReadUpToAnswer }
  | { type: 'connection'; status: ConnectionStatus; at: number }
  | { type: 'up-to-date' };

export const signedOut: State = {
  ...noPeople,
  me: null,
  serverInfo: null,
  ready: false,
  live: false,
  chats: {},
  outbox: [],
  drafts: {},
  mutations: [],
  pendingDeletions: [],
  connection: 'ok',
};

/** The next state. Applying the same event twice gives the state of applying it once. */
export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'server-info':
      return { ...state, serverInfo: event.serverInfo };
    case 'signed-in':
      return { ...signedOut, serverInfo: state.serverInfo, me: event.me, drafts: event.drafts };
    case 'signed-out':
      return { ...signedOut, serverInfo: state.serverInfo };
    case 'snapshot': {
      const chats = event.chats.map(({ marks, ...chat }) => [
        chat.id,
        { ...fromConversation(chat), ...chat, receipts: marks },
      ]);
      return { ...state, ...event.people, chats: Object.fromEntries(chats), ready: true };
    }
    case 'me':
      return { ...state, me: event.me, people: { ...state.people, [event.me.id]: event.me } };
    case 'delta':
      return applyDelta(state, event.delta, event.at);
    case 'time': {
      const typing = typingAt(state.typing, event.at);
      return typing === state.typing ? state : { ...state, typing };
    }
    case 'history-asked':
      return withChat(state, event.conversationId, ({ failure: _, ...chat }) => ({ ...chat, loading: true }));
    case 'history':
      return withChat(state, event.conversationId, (chat) => applyHistory(chat, event));
    case 'jump-window':
      return withChat(state, event.conversationId, (chat) => applyJumpWindow(chat, event, event.jumped));
    case 'jump-window-left':
      return withChat(state, event.conversationId, leaveJumpWindow);
    case 'others':
      return withChat(state, event.conversationId, (chat) => ({
        ...chat,
        others: withOthers(chat.others, event.messages),
      }));
    case 'history-failed':
      return withChat(state, event.conversationId, (chat) => ({
        ...chat,
        loading: false,
        failure: event.code,
      }));
    case 'sent':
    case 'changed':
      return receive(state, [event.message]);
    case 'pending-deletions':
      return { ...state, pendingDeletions: event.ids };
    case 'outbox':
      return { ...state, outbox: event.entries };
    case 'mutations':
      return { ...state, mutations: event.mutations };
    case 'draft':
      return { ...state, drafts: { ...state.drafts, [event.conversationId]: event.draft } };
    case 'drafts':
      return { ...state, drafts: event.drafts };
    case 'seen':
      return applySeen(state, event.conversationId, event.seq);
    case 'read': {
      const { unread, ...mark } = event.answer;
      return withChat(receiveReceipt(state, mark), mark.conversationId, ({ mentions, ...chat }) => ({
        ...chat,
        unread,
        ...(mentions && unread > 0 ? { mentions } : {}),
      }));
    }
    case 'up-to-date':
      return state.ready && !state.live ? { ...state, live: true } : state;
    case 'connection':
      return state.connection === event.status ? state : reconnected(state, event);
  }
}

/** When the connection is back, a history that could not be read may be requested again. */
function reconnected(state: State, { status, at }: { status: ConnectionStatus; at: number }): State {
  if (status !== 'ok') {
    const since = state.connection === 'ok' ? at : (state.disconnectedSince ?? at);
    return { ...state, connection: status, disconnectedSince: since };
  }
  const chats = Object.entries(state.chats).map(([id, { failure: _, ...chat }]) => [id, chat] as const);
  return { ...state, connection: status, chats: Object.fromEntries(chats) };
}

function applyDelta(state: State, delta: Delta, at: number): State {
  const departed = departedChats(state, delta);
  const known = departed.length > 0 ? withoutChats(state, departed) : state;
  let next: State = { ...known, ...withPeople(known, delta, at), ready: true, live: true };
  if (delta.me) next.me = delta.me;
  if (delta.reset) next.chats = {};
  for (const conversation of delta.conversations ?? []) next = putConversation(next, known, conversation);
  next = receive(next, delta.messages ?? []);
  next = (delta.marks ?? []).reduce(receiveReceipt, next);
  for (const receipt of delta.groupReceipts ?? []) {
    next = withChat(next, receipt.conversationId, (chat) => ({
      ...chat,
      groupReceipt: withGroupReceipt(chat.groupReceipt, receipt),
    }));
  }
  return next;
}

function receiveReceipt(state: State, mark: Receipt): State {
  const myId = state.me?.id ?? '';
  return withChat(state, mark.conversationId, (chat) => ({
    ...chat,
    receipts: withReceipt(chat.receipts, mark, myId),
  }));
}

function applySeen(state: State, id: Id, seq: number): State {
  const known = (state.chats[id]?.seen ?? seq) >= seq;
  return known ? state : withChat(state, id, (chat) => ({ ...chat, seen: seq }));
}

function putConversation(state: State, before: State, conversation: Conversation): State {
  const { id } = conversation;
  const chat = fromConversation(conversation, state.chats[id], before.chats[id]);
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
  return chat ? { ...state, chats: { ...state.chats, [id]: dropUnreadable(change(chat)) } } : state;
}
