import type { OidcLinkState } from '../../../../chat-core/src/wire/wire.ts';
import { toApiError } from '../../api/api-error.ts';
import type { SecurityApi } from '../../api/security.ts';
import { newId } from '../../ids.ts';
import { showDialog } from '../dialog.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import { mountForm } from '../form/form.ts';
import { knownUsername } from '../form/known-username.ts';
import type { Ui } from '../ui.ts';
import { hasPasskeys, usePasskey } from './passkey-browser.ts';
import { beginAtProvider, canBegin, type Pending } from './provider.ts';
import { secondFactorOf } from './second-factor-code.ts';

/** Makes a call that needs a ticket. @returns undefined when the person closes the dialog. Rejects with ApiError. */
export type WithTicket = <Answer>(call: (ticket: string) => Promise<Answer>) => Promise<Answer | undefined>;

/** Used again until the server refuses it, as it does in another session, and after ten minutes. */
let ticket: string | undefined;

/** Takes a ticket that the person has got in another way than by the dialog. */
export function setTicket(given: string): void {
  ticket = given;
}

/**
 * Calls that change how one logs in or end other sessions: each needs a ticket, for which a dialog asks for a proof that
 * this account has. `screen`: where a person who proves it at the provider comes back to.
 */
export function createReauthentication(
  ui: Ui,
  api: SecurityApi,
  screen: NonNullable<Pending['screen']>,
): WithTicket {
  return async (call) => {
    if (ticket) {
      try {
        return await call(ticket);
      } catch (thrown) {
        if (toApiError(thrown).code !== 'REAUTHENTICATION_REQUIRED') throw thrown;
      }
    }
    ticket = await askForTicket(ui, api, screen);
    return ticket === undefined ? undefined : call(ticket);
  };
}

async function askForTicket(
  ui: Ui,
  api: SecurityApi,
  screen: NonNullable<Pending['screen']>,
): Promise<string | undefined> {
  const { i18n, state, http } = ui;
  const { t } = i18n;
  const [{ totp, passkeys, recoveryCodesLeft }, { isLinked, hasPassword }] = await Promise.all([
    api.state(),
    http.get<OidcLinkState>('/auth/oidc'),
  ]);
  const { oidc, passkeys: boxHasPasskeys } = state().serverInfo ?? {};
  const hasCodes = totp || recoveryCodesLeft > 0;
  const byPassword = hasPassword && (hasCodes || passkeys.length === 0);
  const byPasskey = passkeys.length > 0 && boxHasPasskeys && hasPasskeys();
  const byProvider = isLinked && oidc && canBegin();

  let given: string | undefined;
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const close = () => dialog.close();
  const button = (label: string, run: () => void, main = false) =>
    el(
      'button',
      { type: 'button', class: `button ${main ? 'button-main' : ''}`.trim(), on: { click: run } },
      label,
    );
  const run = (work: () => Promise<void>) => () =>
    void work().catch((thrown: unknown) => showError(errorText, i18n, thrown));

  function passwordForm() {
    const attemptId = newId();
    const form = mountForm(i18n, {
      name: 'reauthenticate',
      fields: [
        { name: 'password', label: 'password.current', password: true, autocomplete: 'current-password' },
        ...(hasCodes
          ? [
              {
                name: 'code',
                label: totp ? 'security.anyCode' : 'second.recovery',
                autocomplete: 'one-time-code',
              } as const,
            ]
          : []),
      ],
      submit: 'security.continue',
      errorFields: { WRONG_PASSWORD: 'password', WRONG_SECOND_FACTOR: 'code' },
      async send({ password = '', code }) {
        const secondFactor = code === undefined ? {} : { secondFactor: secondFactorOf(code) };
        given = (await api.reauthenticate({ password, ...secondFactor, attemptId })).ticket;
        close();
      },
    });
    form.clear();
    form.node.prepend(knownUsername(state().me?.username));
    return form;
  }

  async function provePasskey(): Promise<void> {
    const passkey = await usePasskey(await api.passkeyChallenge());
    if (!passkey) return;
    given = (await api.reauthenticate({ secondFactor: { passkey }, attemptId: newId() })).ticket;
    close();
  }

  const form = byPassword ? passwordForm() : undefined;
  const hasAny = byPassword || byPasskey || byProvider;
  const lead = byPassword
    ? 'security.confirmLead'
    : hasAny
      ? 'security.confirmOther'
      : 'security.confirmNone';
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'dialog-title' },
    el('h2', { id: 'dialog-title' }, t('security.confirmTitle')),
    el('p', {}, t(lead)),
    form?.node,
    el(
      'div',
      { class: 'form' },
      errorText,
      byPasskey ? button(t('second.passkey'), run(provePasskey), !form) : undefined,
      byProvider
        ? button(
            t('provider.confirm', { name: oidc.name }),
            run(() => beginAtProvider(ui, { purpose: 'confirm', screen })),
            !form && !byPasskey,
          )
        : undefined,
      button(t('dialog.cancel'), close),
    ),
  );
  return new Promise((resolve) => {
    showDialog(dialog, () => resolve(given));
    form?.focus();
  });
}
