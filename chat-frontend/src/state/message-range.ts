import type { Message } from '../../../chat-core/src/wire/wire.ts';

/** A message that is held here. `stale`: from before a reset, gives way to whatever the box says. */
export type Held = Message & { stale?: true };

/** The later state of one message: an edit and a deletion are never undone by an answer that was on its way before. */
export function fresher(held: Held | undefined, incoming: Message): Message {
  if (!held || held.stale || isGone(incoming)) return incoming;
  return isGone(held) || (held.editedAt ?? 0) > (incoming.editedAt ?? 0) ? held : incoming;
}

/** Whether nothing is left of a message for the one who looks. */
export function isGone({ deleted, hidden }: Message): boolean {
  return deleted === true || hidden === true;
}

export function mergeBySeq(held: Held[], incoming: Message[]): Held[] {
  const known = new Map(held.map((message) => [message.seq, message]));
  for (const message of incoming) known.set(message.seq, fresher(known.get(message.seq), message));
  return [...known.values()].sort((a, b) => a.seq - b.seq);
}

/** A page with what `changed` of it while it was on its way. */
export function changedSince(changed: Record<number, Message>, page: Message[]): Message[] {
  return page.map((message) => fresher(changed[message.seq], message));
}
