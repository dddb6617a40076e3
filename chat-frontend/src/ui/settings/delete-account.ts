import { readAnswer } from '../../api/http.ts';
import { createSecurityApi } from '../../api/security.ts';
import { buttonAction } from '../card-rows.ts';
import { confirm } from '../dialog.ts';
import { el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { createReauthentication } from '../security/reauthentication.ts';
import type { Ui } from '../ui.ts';

/** Deletes the account, after its consequences and a proof of who asks: what this browser stores of it is erased too. */
export function mountDeleteAccount(ui: Ui): HTMLElement {
  const { i18n, actions, http, notify } = ui;
  const { t } = i18n;
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const reauthenticated = createReauthentication(ui, createSecurityApi(http), 'settings');

  async function remove(): Promise<void> {
    setText(errorText, '');
    const question = { title: t('deletion.question'), lead: t('deletion.lead'), yes: t('deletion.do') };
    if (!(await confirm(i18n, question))) return;
    const hasEnded = await reauthenticated(async (ticket) => {
      const headers = { 'Reauthentication-Ticket': ticket };
      // Only the box says that an account is gone, and no captive portal.
      await actions.logout(undefined, async () =>
        readAnswer(await http.request('DELETE', '/me', { headers })),
      );
      return true;
    });
    if (hasEnded) notify(t('deletion.done'));
  }

  const button = buttonAction(
    'trash',
    t('deletion.title'),
    () => void remove().catch((thrown: unknown) => showError(errorText, i18n, thrown)),
    true,
  );
  return el('section', { class: 'card card-actions' }, button, errorText);
}
