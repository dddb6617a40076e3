import type { LoginAnswer, SecondFactor } from '../../../../chat-core/src/wire/wire.ts';
import { isUnanswered, toApiError } from '../../api/api-error.ts';
import { createSecurityApi } from '../../api/security.ts';
import { newId } from '../../ids.ts';
import { el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { hasPasskeys, usePasskey } from '../security/passkey-browser.ts';
import { checkAppCode, secondFactorOf } from '../security/second-factor-code.ts';
import type { Ui } from '../ui.ts';
import { mountFirstFactor } from './first-factor.ts';

/**
 * Replaces the form of a login whose password was right by a form for the second factor, which logs in with it, or by the
 * setting up of one, where the box requires it.
 * @param thrown what the login threw. @throws it when it asks for no second step
 */
export function askSecondFactor(
  ui: Ui,
  form: HTMLElement,
  thrown: unknown,
  login: (factor: SecondFactor) => Promise<void>,
): void {
  const { i18n, http, failed } = ui;
  const { code, factors, login: begun } = toApiError(thrown);
  if (begun) {
    mountFirstFactor(ui, form, begun);
    return;
  }
  if (code !== 'SECOND_FACTOR_REQUIRED') throw thrown;
  const { t } = i18n;
  const lead = el('p', { role: 'status' }, t('second.lead'));
  const node = el('div', { class: 'form entry-step' }, lead);

  const appForm = mountForm(i18n, {
    name: 'second',
    fields: [
      {
        name: 'code',
        label: 'second.code',
        hint: 'second.codeHint',
        autocomplete: 'one-time-code',
        check: checkAppCode,
      },
    ],
    submit: 'login.submit',
    errorFields: { WRONG_SECOND_FACTOR: 'code' },
    send: ({ code = '' }) => login(secondFactorOf(code)),
  });
  appForm.node.querySelector('input')?.setAttribute('inputmode', 'numeric');
  const recoveryForm = mountForm(i18n, {
    name: 'recovery',
    fields: [
      { name: 'recovery', label: 'second.recovery', hint: 'second.recoveryHint', autocomplete: 'off' },
    ],
    submit: 'login.submit',
    errorFields: { WRONG_SECOND_FACTOR: 'recovery' },
    send: ({ recovery = '' }) => login({ recoveryCode: recovery.trim() }),
  });

  async function byPasskey(): Promise<void> {
    const passkey = await usePasskey(await createSecurityApi(http).passkeyChallenge());
    if (passkey) await login({ passkey });
  }
  const passkeyButton =
    factors.includes('passkey') && hasPasskeys()
      ? [
          el(
            'button',
            { type: 'button', class: 'button', on: { click: () => void byPasskey().catch(failed) } },
            t('second.passkey'),
          ),
        ]
      : [];

  function show(shown: typeof appForm, other: typeof appForm, label: 'second.toRecovery' | 'second.toCode') {
    shown.clear();
    const swap = () =>
      label === 'second.toRecovery'
        ? show(other, shown, 'second.toCode')
        : show(other, shown, 'second.toRecovery');
    const isPossible = label === 'second.toRecovery' ? 'recoveryCode' : 'totp';
    const toOther = el('button', { type: 'button', class: 'link-button', on: { click: swap } }, t(label));
    node.replaceChildren(
      lead,
      ...passkeyButton,
      shown.node,
      ...(factors.includes(isPossible) ? [toOther] : []),
    );
    shown.focus();
  }

  form.replaceWith(node);
  if (factors.includes('totp')) show(appForm, recoveryForm, 'second.toRecovery');
  else show(recoveryForm, appForm, 'second.toCode');
}

/** Adds the button of a login by a passkey alone to the form of a login, once. */
export function mountPasskeyLogin({ i18n, http, actions, failed }: Ui, form: HTMLElement): void {
  if (!hasPasskeys() || form.querySelector('.passkey-login')) return;
  const logIn = async () => {
    const passkey = await usePasskey(await createSecurityApi(http).passkeyChallenge());
    if (!passkey) return;
    const input = { passkey, deviceName: '', attemptId: newId() };
    const send = () => http.post<LoginAnswer>('/auth/login/passkey', input);
    // The same attempt again after a lost answer: a proof is good for one.
    const answer = await send().catch((thrown: unknown) => {
      if (isUnanswered(thrown)) return send();
      throw thrown;
    });
    await actions.begin(answer);
  };
  const click = () => void logIn().catch(failed);
  form.append(
    el('button', { type: 'button', class: 'button passkey-login', on: { click } }, i18n.t('login.passkey')),
  );
}
