import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { inOneLine } from '../../i18n/i18n.ts';
import { messageAt } from '../../state/chat.ts';
import type { Target } from '../../state/draft.ts';
import { nameById, quoteOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { bdi, el, setText } from '../el.ts';
import { icon } from '../icons.ts';
import { lazyGroupChat } from '../lazy.ts';
import type { Ui } from '../ui.ts';
import { quoteText } from './quote.ts';

/** The bar above the input that names the message that is replied to or edited, with a button to cancel. */
export function mountTarget(ui: Ui, conversationId: Id, onCancel: () => void) {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const title = el('p', { class: 'composer-target-title' });
  const text = bdi('', 'composer-target-text');
  const node = el(
    'div',
    { class: 'composer-target', hidden: true, role: 'group' },
    el('div', { class: 'composer-target-body' }, title, text),
    el(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': t('dialog.cancel'), on: { click: onCancel } },
      icon('close'),
    ),
  );

  return {
    node,
    update(target: Target | undefined, state: State): void {
      const chat = state.chats[conversationId];
      node.hidden = !target || !chat;
      if (!target || !chat) return;
      const message = messageAt(chat, target.seq);
      if (!message && chat.loaded) actions.readOthers(conversationId, [target.seq]);
      const senderId = message?.senderId ?? '';
      const name =
        senderId === state.me?.id
          ? t('bubble.you')
          : nameById(state, senderId) ||
            (lazyGroupChat.loaded()?.memberName(i18n, state, conversationId, senderId) ?? '');
      setText(title, target.kind === 'edit' ? t('composer.editing') : t('composer.replying', { name }));
      setText(text, inOneLine(quoteText(ui, quoteOf(state, chat, target.seq))));
      node.setAttribute('aria-label', title.textContent ?? '');
    },
  };
}
