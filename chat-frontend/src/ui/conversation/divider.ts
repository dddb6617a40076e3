import type { Chat } from '../../state/chat.ts';
import { readUpTo } from '../../state/marks.ts';
import type { State } from '../../state/state.ts';
import type { Span } from './span.ts';

/** What was unread when somebody came is set apart for as long as they stay; what arrives meanwhile is not. */
export function createDivider() {
  let isDivided = false;
  /** Up to where everything was read then. */
  let divided: number | undefined;

  return {
    update(chat: Chat, state: State): void {
      if (isDivided || !chat.loaded) return;
      const myId = state.me?.id ?? '';
      const read = readUpTo(chat, myId);
      const isUnread = chat.messages.some(({ seq, senderId }) => seq > read && senderId !== myId);
      if (isUnread) divided = read;
      isDivided = isUnread || state.live;
    },
    /** The seq it stands behind, while the first message after it is in the page. */
    within: ({ from }: Span): number | undefined =>
      divided !== undefined && from <= divided + 1 ? divided : undefined,
  };
}
