import type { ApiErrorCode } from '../../api/api-error.ts';
import type { PendingMutation } from '../../state/pending.ts';
import type { Tick } from '../../state/receipts.ts';
import type { Bubble } from '../../state/selectors.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import { copyMessage, dropUnsent } from '../menus/message-actions.ts';
import type { Ui } from '../ui.ts';

/** Under a message that could not be sent: the reason, and the choices to retry, copy or delete it. */
export function createSendError(ui: Ui, { id, shown }: { id: string; shown: () => Bubble }) {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const reasonText = el('p', { class: 'send-error' });
  const button = (label: string, run: () => void) =>
    el('button', { type: 'button', on: { click: run } }, label);
  const choices = el(
    'p',
    { class: 'send-error-actions' },
    button(t('bubble.retry'), () => actions.retry(id)),
    button(t('bubble.copy'), () => void copyMessage(ui, shown())),
    button(t('bubble.delete'), () => void dropUnsent(ui, id)),
  );

  function update(state: Tick, reason: ApiErrorCode | undefined): void {
    if (state === 'failed') reasonText.setAttribute('role', 'alert');
    else reasonText.removeAttribute('role');
    reasonText.hidden = !reason;
    choices.hidden = !reason;
    if (reason) showError(reasonText, i18n, reason);
  }

  return { nodes: [reasonText, choices], update };
}

/** Under a message whose edit or deletion was refused: the reason, and the choices to retry or drop it. */
export function createEditError({ i18n, actions }: Ui) {
  const { t } = i18n;
  let mutation: PendingMutation | undefined;
  const reasonText = el('p', { class: 'send-error', role: 'alert' });
  const button = (label: string, run: (refused: PendingMutation) => void) =>
    el('button', { type: 'button', on: { click: () => mutation && run(mutation) } }, label);
  const choices = el(
    'p',
    { class: 'send-error-actions' },
    button(t('bubble.retry'), actions.retryMutation),
    button(t('bubble.dropChange'), actions.dropMutation),
  );
  const node = el('div', {}, reasonText, choices);

  return {
    node,
    update(next: PendingMutation | undefined): void {
      mutation = next;
      node.hidden = !next?.failed;
      if (next?.failed) showError(reasonText, i18n, next.failed);
    },
  };
}
