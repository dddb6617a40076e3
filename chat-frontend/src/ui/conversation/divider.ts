import type { Chat } from '../../state/chat.ts';
import { isUnread, isUnreadMissing, readUpTo } from '../../state/receipts.ts';
import type { State } from '../../state/state.ts';
import type { Span } from './visible-window.ts';

/** What was unread when somebody came is set apart for as long as they stay; what arrives meanwhile is not. */
export function createDivider() {
  let isDivided = false;
  /** Up to where everything was read then. */
  let divided: number | undefined;
  /** Whether the first message after that was not held then. */
  let isMissing = false;

  return {
    update(chat: Chat, state: State): void {
      if (isDivided || !chat.loaded) return;
      const myId = state.me?.id ?? '';
      const read = readUpTo(chat, myId);
      isMissing = isUnreadMissing(chat, myId);
      const hasUnread = isMissing || chat.messages.some((message) => isUnread(message, read, myId));
      if (hasUnread) divided = read;
      isDivided = hasUnread || state.live;
    },
    /** The seq it stands behind, while the first message after it is in the page. */
    within({ from }: Span, chat: Chat): number | undefined {
      const first = (chat.jumpWindow?.messages ?? chat.messages)[0]?.seq ?? 0;
      if (divided === undefined || from > divided + 1) return undefined;
      return isMissing && first > divided + 1 ? undefined : divided;
    },
  };
}
