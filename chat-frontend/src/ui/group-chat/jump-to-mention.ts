import type { Chat } from '../../state/chat.ts';
import { isUnread, readUpTo } from '../../state/receipts.ts';
import { isBlocked } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { el, setText } from '../el.ts';
import type { Ui } from '../ui.ts';

/** The button that leads to the next unread message that mentions this person, with their number. */
export function mountJumpToMention({ i18n: { t }, state }: Ui, jump: (seq: number) => void) {
  const count = el('span', { 'aria-hidden': true });
  const node = el(
    'button',
    { type: 'button', class: 'jump-to-latest jump-to-mention', hidden: true, on: { click: onPress } },
    count,
  );
  let chat: Chat | undefined;
  /** The mention that was jumped to: the next press leads to the one after it. */
  let shown = 0;

  function onPress(): void {
    if (!chat) return;
    const now = state();
    const seqs = mentionsIn(now, chat);
    const next = seqs.find((seq) => seq > shown) ?? seqs[0] ?? readUpTo(chat, now.me?.id ?? '') + 1;
    shown = next;
    jump(next);
  }

  return {
    node,
    update(next: Chat): void {
      chat = next;
      const n = next.seen >= next.lastSeq ? 0 : (next.mentions ?? mentionsIn(state(), next).length);
      node.hidden = n === 0;
      setText(count, n > 1 ? `@ ${n}` : '@');
      node.setAttribute('aria-label', t('group.toMention', { n }));
    },
  };
}

/** The seqs of the loaded unread messages that mention this person. */
export function mentionsIn(state: State, chat: Chat): number[] {
  const myId = state.me?.id ?? '';
  const read = readUpTo(chat, myId);
  return (chat.jumpWindow?.messages ?? chat.messages)
    .filter((message) => message.mentions?.includes(myId) && isUnread(message, read, myId))
    .filter(({ senderId }) => !isBlocked(state, senderId))
    .map(({ seq }) => seq);
}
