import type { Message } from '../../../chat-core/src/wire/wire.ts';

/** A message that is held here. `stale`: from before a reset, gives way to whatever the box says. */
export type HeldMessage = Message & { stale?: true };

/** The later state of one message: an edit and a deletion are never undone by an answer that was on its way before. */
export function newerVersion(held: HeldMessage | undefined, incoming: Message): Message {
  if (!held || held.stale || isRemoved(incoming)) return incoming;
  return isRemoved(held) || (held.editedAt ?? 0) > (incoming.editedAt ?? 0) ? held : incoming;
}

/** Whether nothing is left of a message for the one who looks. */
export function isRemoved({ deleted, hidden }: Message): boolean {
  return deleted === true || hidden === true;
}

export function mergeBySeq(held: HeldMessage[], incoming: Message[]): HeldMessage[] {
  const known = new Map(held.map((message) => [message.seq, message]));
  for (const message of incoming) known.set(message.seq, newerVersion(known.get(message.seq), message));
  return [...known.values()].sort((a, b) => a.seq - b.seq);
}

/** A page with what `changed` of it while it was on its way. */
export function withNewerVersions(changed: Record<number, Message>, page: Message[]): Message[] {
  return page.map((message) => newerVersion(changed[message.seq], message));
}
