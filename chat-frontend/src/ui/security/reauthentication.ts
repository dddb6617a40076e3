import { toApiError } from '../../api/api-error.ts';
import type { SecurityApi } from '../../api/security.ts';
import { newId } from '../../ids.ts';
import { showDialog } from '../dialog.ts';
import { el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import type { Ui } from '../ui.ts';
import { hasPasskeys, usePasskey } from './passkey-browser.ts';
import { secondFactorOf } from './second-factor-code.ts';

/**
 * Calls that change how one logs in or end other sessions: each needs a ticket, for which a dialog asks for the password, and for the second
 * factor where there is one. A ticket is used again until the server refuses it.
 */
export function createReauthentication(ui: Ui, api: SecurityApi) {
  let ticket: string | undefined;

  return {
    /** @returns undefined when the person closes the dialog. Rejects with ApiError. */
    async withTicket<Answer>(
      hasSecondFactor: boolean,
      call: (ticket: string) => Promise<Answer>,
    ): Promise<Answer | undefined> {
      if (ticket) {
        try {
          return await call(ticket);
        } catch (thrown) {
          if (toApiError(thrown).code !== 'REAUTHENTICATION_REQUIRED') throw thrown;
        }
      }
      ticket = await askForTicket(ui, api, hasSecondFactor);
      return ticket === undefined ? undefined : call(ticket);
    },
  };
}

function askForTicket(
  { i18n, state, failed }: Ui,
  api: SecurityApi,
  hasSecondFactor: boolean,
): Promise<string | undefined> {
  const { t } = i18n;
  const attemptId = newId();
  let ticket: string | undefined;
  const form = mountForm(i18n, {
    name: 'reauthenticate',
    fields: [
      { name: 'password', label: 'password.current', password: true, autocomplete: 'current-password' },
      ...(hasSecondFactor
        ? [{ name: 'code', label: 'security.anyCode', autocomplete: 'one-time-code' } as const]
        : []),
    ],
    submit: 'security.continue',
    errorFields: { WRONG_PASSWORD: 'password', WRONG_SECOND_FACTOR: 'code' },
    async send({ password = '', code }) {
      const secondFactor = code === undefined ? {} : { secondFactor: secondFactorOf(code) };
      ({ ticket } = await api.reauthenticate({ password, ...secondFactor, attemptId }));
      dialog.close();
    },
  });
  form.clear();
  form.node.prepend(
    el('input', {
      class: 'visually-hidden',
      autocomplete: 'username',
      value: state().me?.username ?? '',
      readonly: true,
      tabindex: -1,
      'aria-hidden': 'true',
    }),
  );
  const cancel = el(
    'button',
    { type: 'button', class: 'button', on: { click: () => dialog.close() } },
    t('dialog.cancel'),
  );
  async function byPasskey(): Promise<void> {
    const passkey = await usePasskey(await api.passkeyChallenge());
    if (!passkey) return;
    ({ ticket } = await api.reauthenticate({ secondFactor: { passkey }, attemptId: newId() }));
    dialog.close();
  }
  if (hasSecondFactor && state().serverInfo?.passkeys && hasPasskeys())
    form.node.append(
      el(
        'button',
        { type: 'button', class: 'button', on: { click: () => void byPasskey().catch(failed) } },
        t('second.passkey'),
      ),
    );
  form.node.append(cancel);
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'dialog-title' },
    el('h2', { id: 'dialog-title' }, t('security.confirmTitle')),
    el('p', {}, t('security.confirmLead')),
    form.node,
  );
  return new Promise((resolve) => {
    showDialog(dialog, () => resolve(ticket));
    form.focus();
  });
}
