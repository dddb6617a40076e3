import { inOneLine } from '../../i18n/i18n.ts';
import type { Bubble, Quote } from '../../state/views.ts';
import { bdi, el, setText } from '../el.ts';
import { icon } from '../icons.ts';
import type { Ui } from '../ui.ts';
import { quoteText } from './quote.ts';

/** What is being written is an answer to a message, or takes its place. */
export type Aim = { kind: 'reply' | 'edit'; bubble: Bubble; sender: string };

/** The bar over the composer that says what is written to, with the way out. */
export function mountAim({ i18n: { t } }: Ui, onCancel: () => void) {
  const title = el('p', { class: 'aim-title' });
  const text = bdi('', 'aim-text');
  const node = el(
    'div',
    { class: 'aim', hidden: true, role: 'group' },
    el('div', { class: 'aim-words' }, title, text),
    el(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': t('dialog.cancel'), on: { click: onCancel } },
      icon('close'),
    ),
  );

  return {
    node,
    show(aim: Aim | undefined): void {
      node.hidden = !aim;
      if (!aim) return;
      const { bubble, kind, sender } = aim;
      const name = bubble.own ? t('bubble.you') : sender;
      setText(title, kind === 'edit' ? t('composer.editing') : t('composer.replying', { name }));
      const seq = bubble.seq ?? 0;
      const quote: Quote = bubble.locked
        ? { seq, kind: 'locked' }
        : { seq, kind: 'text', own: bubble.own, text: bubble.text };
      setText(text, inOneLine(quoteText(t, quote)));
      node.setAttribute('aria-label', title.textContent ?? '');
    },
  };
}
