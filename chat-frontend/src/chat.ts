import type { Conversation, Message } from '../../chat-core/src/wire.ts';
import type { FailureCode } from './api.ts';
import type { Marks } from './marks.ts';

/**
 * `messages` is one stretch without holes, ascending by seq, ending at the newest; empty until the history was
 * `loaded`. `complete` says it begins at the first message. `seen` is the seq up to which it was looked at here, which
 * the box may not know yet; `unread` is what the box says.
 */
export type Chat = Conversation & {
  messages: Message[];
  loaded: boolean;
  complete: boolean;
  loading: boolean;
  marks: Marks;
  seen: number;
  failure?: FailureCode;
};

/** A page of history: the messages before a seq, or the newest when there is none. */
export type Page = { before: number | undefined; messages: Message[]; limit: number };

/**
 * A conversation as the box describes it, with what is already known of it. After a reset nothing is `known`: the
 * messages shown `before` stay until the history is read again, except those after the last one the box knows of,
 * which are gone (a restored backup).
 */
export function describedBy(conversation: Conversation, known?: Chat, before?: Chat): Chat {
  const old = before?.messages ?? [];
  const last = newer(known?.last, conversation.last);
  return {
    messages: known?.messages ?? old.filter(({ seq }) => seq <= conversation.lastSeq),
    loaded: known?.loaded ?? false,
    complete: known?.complete ?? false,
    loading: known?.loading ?? false,
    marks: known?.marks ?? {},
    seen: known?.seen ?? Math.min(before?.seen ?? 0, conversation.lastSeq),
    ...conversation,
    lastSeq: Math.max(known?.lastSeq ?? 0, conversation.lastSeq),
    ...(last ? { last } : {}),
  };
}

/** New messages of this conversation. Before the history is read they move only its preview, or there were holes. */
export function receiveInto(chat: Chat, messages: Message[]): Chat {
  const last = messages.reduce(newer, chat.last);
  const open = chat.loaded || chat.loading;
  return {
    ...chat,
    messages: open ? mergeBySeq(chat.messages, messages) : chat.messages,
    lastSeq: Math.max(chat.lastSeq, last?.seq ?? 0),
    ...(last ? { last } : {}),
  };
}

/**
 * A first page replaces what was held, except what arrived while it was on its way. An older page that was asked for
 * before a reset is not taken: it would hide that the newest page is missing.
 */
export function applyHistory(chat: Chat, page: Page): Chat {
  const first = page.before === undefined;
  if (!first && !chat.loaded) return chat;
  const { failure: _, ...rest } = chat;
  const end = page.messages.at(-1)?.seq ?? 0;
  const held = first ? chat.messages.filter((message) => message.seq > end) : chat.messages;
  return {
    ...rest,
    messages: mergeBySeq(held, page.messages),
    loaded: true,
    loading: false,
    complete: page.messages.length < page.limit || page.messages[0]?.seq === 1,
  };
}

function newer(a: Message | undefined, b: Message | undefined): Message | undefined {
  if (!a || !b) return a ?? b;
  return b.seq >= a.seq ? b : a;
}

function mergeBySeq(held: Message[], incoming: Message[]): Message[] {
  return mergeBy(held, incoming, (message) => message.seq).sort((a, b) => a.seq - b.seq);
}

/** Held and incoming things, the incoming one where both have a key. */
export function mergeBy<T>(held: T[], incoming: T[], key: (item: T) => string | number): T[] {
  const byKey = new Map(held.map((item) => [key(item), item]));
  for (const item of incoming) byKey.set(key(item), item);
  return [...byKey.values()];
}
