import type { PendingMutation } from '../../state/pending.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';

/** Under a message whose new text waited and was refused: why, and what can be done. Its text stays until then. */
export function createEditTrouble({ i18n, actions }: Ui) {
  const { t } = i18n;
  let mutation: PendingMutation | undefined;
  const button = (label: string, run: (of: PendingMutation) => void) =>
    el('button', { type: 'button', on: { click: () => mutation && run(mutation) } }, label);
  const why = el('p', { class: 'send-error', role: 'alert' });
  const node = el(
    'div',
    { class: 'edit-error' },
    why,
    el(
      'p',
      { class: 'send-error-actions' },
      button(t('bubble.retry'), actions.retryMutation),
      button(t('bubble.dropChange'), actions.dropMutation),
    ),
  );
  return {
    node,
    update(next: PendingMutation | undefined): void {
      mutation = next;
      node.hidden = !next?.failed;
      if (next?.failed) showError(why, i18n, next.failed);
    },
  };
}
