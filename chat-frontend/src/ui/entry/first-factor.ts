import '../../styles/security.css';
import type { LoginAnswer } from '../../../../chat-core/src/wire/wire.ts';
import { toApiError } from '../../api/api-error.ts';
import { createHttp } from '../../api/http.ts';
import { createSecurityApi } from '../../api/security.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import { createPasskey, hasPasskeys } from '../security/passkey-browser.ts';
import { mountRecoveryCodes } from '../security/recovery-codes.ts';
import { mountTotpSetUp } from '../security/totp-set-up.ts';
import type { Ui } from '../ui.ts';

/**
 * Replaces the form of a login on a box that requires a second factor: the account has none, and its session may only set
 * one up, with the ticket of the login. Then the session begins.
 */
export function mountFirstFactor(ui: Ui, form: HTMLElement, login: LoginAnswer): void {
  const { i18n, state, actions } = ui;
  const { t } = i18n;
  const { setUpTicket: ticket = '', ...answer } = login;
  const { base } = ui.http;
  const api = createSecurityApi(createHttp({ base, token: () => login.token, onSignedOut: () => undefined }));
  const node = el('div', { class: 'form entry-step first-factor' });
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const button = (label: string, run: () => void, main = '') =>
    el('button', { type: 'button', class: `button ${main}`.trim(), on: { click: run } }, label);

  /** Shows an error; after the ticket has expired, a new login gets another one. */
  const attempt = (work: () => Promise<void>) => () =>
    void work().catch((thrown: unknown) => {
      const isTooLate = toApiError(thrown).code === 'REAUTHENTICATION_REQUIRED';
      if (isTooLate) errorText.textContent = t('first.tooLate');
      else showError(errorText, i18n, thrown);
    });

  function choose(): void {
    errorText.textContent = '';
    const isPossible = state().serverInfo?.passkeys && hasPasskeys();
    node.replaceChildren(
      el('p', { role: 'status', tabindex: -1 }, t('first.lead')),
      errorText,
      ...(isPossible ? [button(t('first.passkey'), attempt(addPasskey), 'button-main')] : []),
      button(t('first.app'), attempt(addApp), isPossible ? '' : 'button-main'),
      button(t('dialog.cancel'), cancel),
    );
    node.querySelector('p')?.focus();
  }

  async function addApp(): Promise<void> {
    const secret = await api.offerTotp(ticket);
    const confirm = async (code: string) => {
      const { recoveryCodes } = await api.confirmTotp({ ticket, code });
      showCodes(recoveryCodes);
    };
    node.replaceChildren(mountTotpSetUp(ui, secret, { confirm, cancel: choose }));
    node.querySelector('h2')?.focus();
  }

  async function addPasskey(): Promise<void> {
    const passkey = await createPasskey(await api.offerPasskey(ticket));
    if (!passkey) return;
    const { recoveryCodes } = await api.addPasskey({ ticket, name: 'Passkey', passkey });
    showCodes(recoveryCodes);
  }

  function showCodes(codes: string[] = []): void {
    const onSaved = attempt(() => actions.begin(answer));
    node.replaceChildren(mountRecoveryCodes(ui, codes, { done: t('security.nowOn'), onSaved }));
    node.querySelector('h2')?.focus();
  }

  function cancel(): void {
    node.replaceWith(form);
    const input = form.querySelector('input');
    if (input) input.focus();
    else location.reload();
  }

  form.replaceWith(node);
  choose();
}
