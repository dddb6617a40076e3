import type { ApiErrorCode } from '../../api/api-error.ts';
import type { Tick } from '../../state/receipts.ts';
import type { Bubble } from '../../state/selectors.ts';
import { confirm } from '../dialog.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';
import { copyMessage } from './message-menu.ts';

/** Why a message has not left, and what can be done about it. */
export function createTrouble(ui: Ui, { id, shown }: { id: string; shown: () => Bubble }) {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const why = el('p', { class: 'send-error' });
  const retry = el('button', { type: 'button', on: { click: () => actions.retry(id) } }, t('bubble.retry'));
  const copy = el(
    'button',
    { type: 'button', on: { click: () => void copyMessage(ui, shown()) } },
    t('bubble.copy'),
  );
  const remove = el('button', { type: 'button', on: { click: () => void onRemove() } }, t('bubble.delete'));
  const choices = el('p', { class: 'send-error-actions' }, retry, copy, remove);

  async function onRemove(): Promise<void> {
    if (await confirm(i18n, { title: t('bubble.deleteSure'), yes: t('bubble.delete') })) actions.remove(id);
  }

  function update(state: Tick, reason: ApiErrorCode | undefined): void {
    if (state === 'failed') why.setAttribute('role', 'alert');
    else why.removeAttribute('role');
    why.hidden = !reason;
    choices.hidden = !reason;
    if (reason) showError(why, i18n, reason);
  }

  return { nodes: [why, choices], update };
}
