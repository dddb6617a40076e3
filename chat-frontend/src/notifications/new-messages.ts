import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { State } from '../state/state.ts';

/** The conversations in which another person has written between two states; none before the server has answered. */
export function chatsWithNewMessages(before: State, after: State): Id[] {
  if (!before.live || before.me?.id !== after.me?.id) return [];
  return Object.values(after.chats)
    .filter(({ id, last, lastSeq }) => {
      const known = before.chats[id];
      return known && last && lastSeq > known.lastSeq && last.senderId !== after.me?.id;
    })
    .map(({ id }) => id);
}

/** The conversations in which nothing is unread. */
export function readChats(state: State): Set<Id> {
  return new Set(
    Object.values(state.chats)
      .filter((chat) => chat.unread === 0 || chat.seen >= chat.lastSeq)
      .map(({ id }) => id),
  );
}
