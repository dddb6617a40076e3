import type { Id } from '../../../chat-core/src/wire/wire.ts';
import { notifyingIn } from './chat-rows.ts';
import type { State } from './state.ts';

/** How many unread messages notify, in all conversations except one. */
export function unreadElsewhere(state: State, now: number, here: Id | undefined): number {
  const others = Object.values(state.chats).filter(({ id }) => id !== here);
  return others.reduce((sum, chat) => sum + notifyingIn(state, chat, now), 0);
}
