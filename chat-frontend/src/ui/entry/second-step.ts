import type { SecondFactor } from '../../../../chat-core/src/wire/wire.ts';
import { toApiError } from '../../api/api-error.ts';
import { el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { checkAppCode, secondFactorOf } from '../security/second-factor-code.ts';
import type { Ui } from '../ui.ts';

/**
 * Replaces the form of a login whose password was right by a form for the second factor, which logs in with it.
 * @param thrown what the login threw. @throws it when it asks for no second factor
 */
export function askSecondFactor(
  { i18n }: Ui,
  form: HTMLElement,
  thrown: unknown,
  login: (factor: SecondFactor) => Promise<void>,
): void {
  const { code, factors } = toApiError(thrown);
  if (code !== 'SECOND_FACTOR_REQUIRED') throw thrown;
  const { t } = i18n;
  const lead = el('p', { role: 'status' }, t('second.lead'));
  const node = el('div', { class: 'form' }, lead);

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

  function show(shown: typeof appForm, other: typeof appForm, label: 'second.toRecovery' | 'second.toCode') {
    shown.clear();
    const swap = () =>
      label === 'second.toRecovery'
        ? show(other, shown, 'second.toCode')
        : show(other, shown, 'second.toRecovery');
    const isPossible = label === 'second.toRecovery' ? 'recoveryCode' : 'totp';
    const toOther = el('button', { type: 'button', class: 'link-button', on: { click: swap } }, t(label));
    node.replaceChildren(lead, shown.node, ...(factors.includes(isPossible) ? [toOther] : []));
    shown.focus();
  }

  form.replaceWith(node);
  if (factors.includes('totp')) show(appForm, recoveryForm, 'second.toRecovery');
  else show(recoveryForm, appForm, 'second.toCode');
}
