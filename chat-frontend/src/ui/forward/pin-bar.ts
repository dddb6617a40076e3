import type { Id, Message } from '../../../../chat-core/src/wire/wire.ts';
import { inOneLine } from '../../i18n/i18n.ts';
import { messageAt } from '../../state/chat.ts';
import type { State } from '../../state/state.ts';
import { el, setText } from '../el.ts';
import { lazyIcon } from '../lazy-icons.ts';
import type { Ui } from '../ui.ts';
import { isPinnable, setPinned } from './pin.ts';

/**
 * The pinned message of a conversation in one line under its heading: a press jumps to it, a button unpins it.
 * `textOf` says what is in a message.
 */
export function mountPinBar(
  ui: Ui,
  conversationId: Id,
  { jump, textOf }: { jump: (seq: number) => void; textOf: (message: Message) => string },
) {
  const { i18n, actions } = ui;
  const { t } = i18n;
  let seq = 0;
  const line = el('bdi', { class: 'pin-text' });
  const open = el(
    'button',
    { type: 'button', class: 'pin-open', on: { click: () => jump(seq) } },
    lazyIcon('pin'),
    el('span', { class: 'pin-words' }, el('span', { class: 'pin-title' }, t('pin.title')), line),
  );
  const unpin = el(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      'aria-label': t('bubble.unpin'),
      title: t('bubble.unpin'),
      on: { click: () => void setPinned(ui, conversationId, undefined) },
    },
    lazyIcon('close'),
  );
  const node = el('div', { class: 'pin-bar' }, open, unpin);

  return {
    node,
    update(state: State): void {
      const chat = state.chats[conversationId];
      const message = chat?.pinned && messageAt(chat, chat.pinned.seq);
      node.hidden = !chat?.pinned || message?.deleted === true || message?.expired === true;
      if (!chat?.pinned) return;
      seq = chat.pinned.seq;
      if (!message) actions.readOthers(conversationId, [seq]);
      const text = message && (message.locked ? t('chat.locked') : textOf(message));
      setText(line, inOneLine(text ?? '…'));
      unpin.hidden = !isPinnable(ui, conversationId);
    },
  };
}
