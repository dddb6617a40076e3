import type { Message } from '../../../chat-core/src/wire/wire.ts';

/** A message of the state. `stale`: from before a reset; whatever the server sends replaces it. */
export type HeldMessage = Message & { stale?: true };

/** The newer version of one message: an answer that was sent before a change does not undo it. */
export function newerVersion(held: HeldMessage | undefined, incoming: Message): Message {
  if (!held || held.stale || isRemoved(incoming)) return incoming;
  return isRemoved(held) || (held.changedRev ?? 0) > (incoming.changedRev ?? 0) ? held : incoming;
}

/** Whether nothing of a message is shown to this person. */
export function isRemoved({ deleted, hidden, expired }: Message): boolean {
  return deleted === true || hidden === true || expired === true;
}

export function mergeBySeq(held: HeldMessage[], incoming: Message[]): HeldMessage[] {
  const known = new Map(held.map((message) => [message.seq, message]));
  for (const message of incoming) known.set(message.seq, newerVersion(known.get(message.seq), message));
  return [...known.values()].sort((a, b) => a.seq - b.seq);
}

/** A page with the versions that arrived while it was being requested. */
export function withNewerVersions(changed: Record<number, Message>, page: Message[]): Message[] {
  return page.map((message) => newerVersion(changed[message.seq], message));
}
