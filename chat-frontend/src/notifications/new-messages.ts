import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { State } from '../state/state.ts';

/** The conversations in which somebody else has written between two states; none before the box has answered. */
export function newsIn(before: State, after: State): Id[] {
  if (!before.live || before.me?.id !== after.me?.id) return [];
  return Object.values(after.chats)
    .filter(({ id, last, lastSeq }) => {
      const known = before.chats[id];
      return known && last && lastSeq > known.lastSeq && last.senderId !== after.me?.id;
    })
    .map(({ id }) => id);
}

/** The conversations in which nothing is unread. */
export function readIn(state: State): Set<Id> {
  return new Set(
    Object.values(state.chats)
      .filter((chat) => chat.unread === 0 || chat.seen >= chat.lastSeq)
      .map(({ id }) => id),
  );
}
