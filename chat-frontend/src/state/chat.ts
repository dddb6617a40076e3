import type {
  Conversation,
  DirectConversation,
  GroupInfo,
  GroupReceipt,
  Id,
  Message,
  Receipt,
} from '../../../chat-core/src/wire/wire.ts';
import type { ApiErrorCode } from '../api/api-error.ts';
import { type HeldMessage, mergeBySeq, newerVersion, withNewerVersions } from './message-range.ts';

/**
 * What the server says of a conversation. `members` of a group are those of its `group`, which is unknown until the server
 * has sent it. `mentions`: of the unread messages, those that mention this person.
 */
export type ChatHeader = Omit<DirectConversation, 'kind'> & {
  kind: Conversation['kind'];
  group?: GroupInfo;
  mentions?: number;
};

/** How far each member has got in one conversation. */
export type Receipts = Record<Id, Receipt>;

/** A range without gaps that was jumped to; a gap separates it from the newest range. */
export type JumpWindow = { messages: Message[] };

/**
 * `messages`: the newest range without gaps, ascending by seq; empty until the history was `loaded`. `complete`: it begins
 * at the first message. `jumpWindow`: another range, shown instead. `others`: single messages outside of both, quoted
 * ones and those that changed while a page was being requested. `seen`: the seq up to which it was seen here, which the
 * server may not know yet. `unread`: as the server counts. `groupReceipt`: how far messages have got in a group.
 */
export type Chat = ChatHeader & {
  messages: HeldMessage[];
  loaded: boolean;
  complete: boolean;
  loading: boolean;
  jumpWindow?: JumpWindow;
  others: Record<number, Message>;
  receipts: Receipts;
  groupReceipt?: GroupReceipt;
  seen: number;
  failure?: ApiErrorCode;
};

/** What this browser stores of a conversation, its messages apart. */
export type StoredChat = ChatHeader & { marks: Receipts; groupReceipt?: GroupReceipt; seen: number };

/** A page of history: the messages before a seq, or the newest when there is none. */
export type Page = { before: number | undefined; messages: Message[]; limit: number };

/** Single messages held outside of the ranges; beyond, the oldest are requested again when they are shown. */
const MAX_OTHERS = 400;

/**
 * A conversation as the server sends it, with what is already known of it. After a reset nothing is `known`: the messages
 * shown `before` stay until the history is read again, except those after the last one of the server, which are gone
 * (a restored backup). The `group` is absent while nothing of it has changed. Messages from before those that this person
 * may read now are dropped: they left the group and have joined it again.
 */
export function fromConversation(conversation: Conversation | ChatHeader, known?: Chat, before?: Chat): Chat {
  const old = (before?.messages ?? []).filter(({ seq }) => seq <= conversation.lastSeq);
  const held = known?.last?.expired && conversation.last ? undefined : known?.last;
  const last = newer(held, conversation.last);
  const group = 'group' in conversation ? conversation.group : known?.group;
  const members = group?.members ?? ('members' in conversation ? conversation.members : []);
  return dropUnreadable({
    messages: known?.messages ?? old.map((message): HeldMessage => ({ ...message, stale: true })),
    loaded: known?.loaded ?? false,
    complete: known?.complete ?? false,
    loading: known?.loading ?? false,
    others: known?.others ?? {},
    receipts: known?.receipts ?? {},
    seen: known?.seen ?? Math.min(before?.seen ?? 0, conversation.lastSeq),
    ...(known?.jumpWindow ? { jumpWindow: known.jumpWindow } : {}),
    ...(known?.groupReceipt ? { groupReceipt: known.groupReceipt } : {}),
    ...conversation,
    members,
    ...(group ? { group } : {}),
    lastSeq: Math.max(known?.lastSeq ?? 0, conversation.lastSeq),
    ...(last ? { last } : {}),
  });
}

/** The oldest message of a conversation that this person may read. */
export const firstSeqOf = ({ group }: Pick<Chat, 'group'>): number => group?.fromSeq ?? 1;

/** A conversation without the messages that this person may not read. */
export function dropUnreadable(chat: Chat): Chat {
  const first = firstSeqOf(chat);
  if (first === 1) return chat;
  const { jumpWindow, last, ...rest } = chat;
  const isReadable = ({ seq }: Message) => seq >= first;
  const shown = jumpWindow?.messages.filter(isReadable) ?? [];
  const messages = rest.messages.filter(isReadable);
  return {
    ...rest,
    messages,
    loaded: rest.loaded && (messages.length > 0 || rest.messages.length === 0),
    others: Object.fromEntries(Object.entries(rest.others).filter(([, message]) => isReadable(message))),
    ...(shown.length > 0 ? { jumpWindow: { messages: shown } } : {}),
    ...(last && isReadable(last) ? { last } : {}),
  };
}

/**
 * New and changed messages of this conversation. Before the history is loaded they change only its preview; after that a
 * changed message from before the range is not added to it. Either would make a gap.
 */
export function receiveInto(chat: Chat, messages: Message[]): Chat {
  const last = messages.reduce(newer, chat.last);
  const open = chat.loaded || chat.loading;
  const first = chat.loaded ? (chat.messages[0]?.seq ?? 0) : 0;
  const before = messages.filter(({ seq }) => seq < first && (chat.loading || seq in chat.others));
  return {
    ...chat,
    messages: open
      ? mergeBySeq(
          chat.messages,
          messages.filter(({ seq }) => seq >= first),
        )
      : chat.messages,
    ...(before.length > 0 ? { others: withOthers(chat.others, before) } : {}),
    ...(chat.jumpWindow ? { jumpWindow: updateJumpWindow(chat.jumpWindow, messages) } : {}),
    lastSeq: Math.max(chat.lastSeq, last?.seq ?? 0),
    ...(last ? { last } : {}),
  };
}

/**
 * A first page replaces the messages, except those that arrived while it was being requested. An older page that was
 * requested before a reset is ignored: it would hide that the newest page is missing.
 */
export function applyHistory(chat: Chat, page: Page): Chat {
  const first = page.before === undefined;
  if (!first && !chat.loaded) return chat;
  const { failure: _, ...rest } = chat;
  const start = page.messages[0]?.seq ?? 0;
  const held = first ? chat.messages.filter(({ seq, stale }) => !stale && seq >= start) : chat.messages;
  return {
    ...rest,
    messages: mergeBySeq(held, withNewerVersions(chat.others, page.messages)),
    loaded: true,
    loading: false,
    complete: page.messages.length < page.limit || start <= firstSeqOf(chat),
  };
}

/**
 * A page around a message that was jumped to, or one that continues it. A window that reaches the newest range is merged
 * with it. A page that does not touch the window has arrived too late and is ignored.
 */
export function applyJumpWindow(chat: Chat, page: Page, jumped: boolean): Chat {
  const { jumpWindow, failure: _, ...rest } = chat;
  const settled: Chat = { ...rest, loading: false };
  const incoming = withNewerVersions(chat.others, page.messages);
  const held = jumped ? [] : (jumpWindow?.messages ?? []);
  if (!jumped && !touch(held, incoming)) return jumpWindow ? { ...settled, jumpWindow } : settled;
  const messages = mergeBySeq(held, incoming);
  if (!touch(messages, chat.messages)) return { ...settled, jumpWindow: { messages } };
  return {
    ...settled,
    messages: mergeBySeq(messages, chat.messages),
    complete: chat.complete || messages[0]?.seq === firstSeqOf(chat),
  };
}

/** The window with those of its messages that changed. */
function updateJumpWindow(jumpWindow: JumpWindow, changed: Message[]): JumpWindow {
  const from = jumpWindow.messages[0]?.seq ?? 0;
  const to = jumpWindow.messages.at(-1)?.seq ?? 0;
  const inside = changed.filter(({ seq }) => seq >= from && seq <= to);
  return inside.length > 0 ? { messages: mergeBySeq(jumpWindow.messages, inside) } : jumpWindow;
}

/** Back to the newest messages. */
export function leaveJumpWindow({ jumpWindow: _, ...chat }: Chat): Chat {
  return chat;
}

/** Whether no message is missing between two ranges. */
function touch(a: Message[], b: Message[]): boolean {
  if (a.length === 0 || b.length === 0) return false;
  const seq = (list: Message[], index: number) => list.at(index)?.seq ?? 0;
  return seq(a, 0) <= seq(b, -1) + 1 && seq(b, 0) <= seq(a, -1) + 1;
}

/** `held` with messages that are outside of the ranges. */
export function withOthers(held: Record<number, Message>, messages: Message[]): Record<number, Message> {
  const all = { ...held };
  for (const message of messages) all[message.seq] = newerVersion(held[message.seq], message);
  return Object.fromEntries(Object.entries(all).slice(-MAX_OTHERS));
}

/** The seqs of quoted messages that are not held and that this person may read. */
export function missingQuotes(chat: Chat): number[] {
  const shown = chat.jumpWindow?.messages ?? chat.messages;
  const referred = shown.flatMap(({ replyTo }) => replyTo ?? []);
  return [...new Set(referred)].filter((seq) => seq >= firstSeqOf(chat) && !messageAt(chat, seq));
}

/** A message of the conversation, from its ranges or its single messages. */
export function messageAt(chat: Chat, seq: number): Message | undefined {
  const at = (held: Message) => held.seq === seq;
  return chat.messages.find(at) ?? chat.jumpWindow?.messages.find(at) ?? chat.others[seq];
}

function newer(a: Message | undefined, b: Message | undefined): Message | undefined {
  if (!a || !b) return a ?? b;
  if (a.seq === b.seq) return newerVersion(a, b);
  return b.seq > a.seq ? b : a;
}
