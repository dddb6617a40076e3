import type { Id } from '../../../chat-core/src/wire/wire.ts';
import { isBlocked } from '../state/selectors.ts';
import type { State } from '../state/state.ts';

/** The conversations in which another person, not a blocked one, has written between two states; none before the server has answered. */
export function chatsWithNewMessages(before: State, after: State): Id[] {
  if (!before.live || before.me?.id !== after.me?.id) return [];
  return Object.values(after.chats)
    .filter(({ id, last, lastSeq }) => {
      const known = before.chats[id];
      const isNew = known && last && lastSeq > known.lastSeq && last.senderId !== after.me?.id;
      return isNew && !last.event && !isBlocked(after, last.senderId);
    })
    .map(({ id }) => id);
}

/** Whether a conversation has more unread messages that mention this person than before. */
export const hasNewMention = (before: State, after: State, id: Id): boolean =>
  (after.chats[id]?.mentions ?? 0) > (before.chats[id]?.mentions ?? 0);

/** The conversations in which nothing is unread. */
export function readChats(state: State): Set<Id> {
  return new Set(
    Object.values(state.chats)
      .filter((chat) => chat.unread === 0 || chat.seen >= chat.lastSeq)
      .map(({ id }) => id),
  );
}
