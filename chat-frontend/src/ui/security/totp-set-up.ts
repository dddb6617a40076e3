import type { TotpSecret } from '../../../../chat-core/src/wire/wire.ts';
import { copyText } from '../clipboard.ts';
import { el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { qrCode } from '../people/qr.ts';
import type { Ui } from '../ui.ts';
import { checkAppCode } from './second-factor-code.ts';

type Steps = { confirm: (code: string) => Promise<void>; cancel: () => void };

/** Adds the account to an authenticator app: a QR code, the key to type, and the first code that proves it works. */
export function mountTotpSetUp(
  { i18n, notify }: Ui,
  { secret, uri }: TotpSecret,
  { confirm, cancel }: Steps,
): HTMLElement {
  const { t } = i18n;
  const form = mountForm(i18n, {
    name: 'totp',
    fields: [
      {
        name: 'code',
        label: 'security.firstCode',
        hint: 'second.codeHint',
        autocomplete: 'one-time-code',
        check: checkAppCode,
      },
    ],
    submit: 'security.turnOn',
    errorFields: { WRONG_SECOND_FACTOR: 'code' },
    send: ({ code = '' }) => confirm(code.replace(/\s/g, '')),
  });
  form.clear();
  form.node.querySelector('input')?.setAttribute('inputmode', 'numeric');
  form.node.append(
    el('button', { type: 'button', class: 'button', on: { click: cancel } }, t('dialog.cancel')),
  );

  async function copy(): Promise<void> {
    notify(t((await copyText(secret)) ? 'security.copied' : 'toast.notCopied'));
  }

  return el(
    'section',
    { class: 'card security-set-up' },
    el('h2', { tabindex: -1 }, t('security.app')),
    el('p', {}, t('security.scan')),
    el('div', { class: 'qr-box' }, qrCode(uri, t('security.qr'))),
    el('p', {}, t('security.orType')),
    el('code', { class: 'totp-key' }, secret.replace(/.{4}(?=.)/g, '$& ')),
    el(
      'div',
      { class: 'security-buttons' },
      el(
        'button',
        { type: 'button', class: 'button', on: { click: () => void copy() } },
        t('security.copyKey'),
      ),
      el('a', { class: 'button', href: uri }, t('security.openApp')),
    ),
    form.node,
  );
}
