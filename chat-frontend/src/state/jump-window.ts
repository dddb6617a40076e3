import type { Message } from '../../../chat-core/src/wire/wire.ts';
import type { Chat, Page } from './chat.ts';
import { changedSince, mergeBySeq } from './message-range.ts';

/** A stretch without holes that was jumped to; it ends before the newest stretch begins, with a hole in between. */
export type Past = { messages: Message[] };

/**
 * A page around a message that was jumped to, or one that goes on from there. Where the past reaches the newest
 * stretch both become one. A page that does not touch the past it was asked for is late, and not taken.
 */
export function applyPast(chat: Chat, page: Page, jumped: boolean): Chat {
  const { past, failure: _, ...rest } = chat;
  const settled: Chat = { ...rest, loading: false };
  const incoming = changedSince(chat.others, page.messages);
  const held = jumped ? [] : (past?.messages ?? []);
  if (!jumped && !touch(held, incoming)) return past ? { ...settled, past } : settled;
  const messages = mergeBySeq(held, incoming);
  if (!touch(messages, chat.messages)) return { ...settled, past: { messages } };
  return {
    ...settled,
    messages: mergeBySeq(messages, chat.messages),
    complete: chat.complete || messages[0]?.seq === 1,
  };
}

/** The past with the messages of it that changed. */
export function changedPast(past: Past, changed: Message[]): Past {
  const from = past.messages[0]?.seq ?? 0;
  const to = past.messages.at(-1)?.seq ?? 0;
  const inside = changed.filter(({ seq }) => seq >= from && seq <= to);
  return inside.length > 0 ? { messages: mergeBySeq(past.messages, inside) } : past;
}

/** Back to the newest messages. */
export function withoutPast({ past: _, ...chat }: Chat): Chat {
  return chat;
}

/** Whether no message is missing between two stretches. */
function touch(a: Message[], b: Message[]): boolean {
  if (a.length === 0 || b.length === 0) return false;
  const seq = (list: Message[], at: number) => list.at(at)?.seq ?? 0;
  return seq(a, 0) <= seq(b, -1) + 1 && seq(b, 0) <= seq(a, -1) + 1;
}
