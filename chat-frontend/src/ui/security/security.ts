import '../../styles/security.css';
import type { SecondFactorState } from '../../../../chat-core/src/wire/wire.ts';
import { createSecurityApi } from '../../api/security.ts';
import { confirm } from '../dialog.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { markChanged, mountEndOthers } from './end-others.ts';
import { mountPasskeys } from './passkeys.ts';
import { mountProviderLink } from './provider-link.ts';
import { createReauthentication } from './reauthentication.ts';
import { mountRecoveryCodes } from './recovery-codes.ts';
import { mountTotpSetUp } from './totp-set-up.ts';

/** How one logs in: codes of an authenticator app, recovery codes, passkeys, and the login by a provider. */
export function mountSecurity(ui: Ui): Screen {
  const { i18n, notify, failed } = ui;
  const { t } = i18n;
  const api = createSecurityApi(ui.http);
  const withTicket = createReauthentication(ui, api, 'security');
  const content = el('div', { class: 'security', 'aria-busy': 'true' });
  const node = panel(
    i18n,
    { title: t('security.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('security.lead')),
    content,
  );

  let update = () => {};

  /** Replaces what is shown, and moves the focus to it unless the screen has just opened. */
  function show(...views: HTMLElement[]): void {
    content.replaceChildren(...views);
    content.querySelector<HTMLElement>('h2[tabindex]')?.focus();
  }

  async function load(): Promise<void> {
    try {
      const hadFocus = content.contains(document.activeElement);
      const views = overview(await api.state());
      if (hadFocus) show(...views);
      else content.replaceChildren(...views);
    } catch (thrown) {
      const errorText = el('p', { class: 'form-error', role: 'alert' });
      showError(errorText, i18n, thrown, { before: t('security.failed') });
      content.replaceChildren(errorText);
    }
    content.removeAttribute('aria-busy');
  }

  /** After a change: shows new recovery codes, if it has made any, and then how one logs in now. */
  async function onChanged(done: string, recoveryCodes?: string[]): Promise<void> {
    markChanged(ui);
    if (recoveryCodes) {
      show(mountRecoveryCodes(ui, recoveryCodes, { done, onSaved: () => void load() }));
      return;
    }
    notify(done);
    await load();
  }

  async function onRenamed(done: string): Promise<void> {
    notify(done);
    await load();
  }

  function overview({ totp, passkeys, recoveryCodesLeft }: SecondFactorState): HTMLElement[] {
    const button = (label: string, work: () => Promise<void>) =>
      el(
        'button',
        { type: 'button', class: 'button', on: { click: () => void work().catch(failed) } },
        label,
      );
    const card = (title: string, says: string, action: HTMLElement) =>
      el(
        'section',
        { class: 'card' },
        el('h2', { tabindex: -1 }, title),
        el('p', {}, says),
        el('div', { class: 'security-buttons' }, action),
      );
    const isLast = ui.state().serverInfo?.secondFactor === 'required' && passkeys.length + Number(totp) === 1;
    const recovery = card(
      t('security.recovery'),
      t('security.recoveryLeft', { n: recoveryCodesLeft }),
      button(t('security.newCodes'), newCodes),
    );
    const endOthers = mountEndOthers(ui, api, withTicket);
    update = endOthers.update;
    return [
      endOthers.node,
      card(
        t('security.app'),
        t(totp ? 'security.appOn' : 'security.appOff'),
        totp && !isLast
          ? button(t('security.turnOff'), turnOff)
          : button(t(totp ? 'security.replace' : 'security.turnOn'), turnOn),
      ),
      mountPasskeys(ui, passkeys, { api, withTicket, isLast, onChanged, onRenamed }),
      ...(totp || passkeys.length > 0 ? [recovery] : []),
      mountProviderLink(ui, withTicket, onChanged),
    ];
  }

  async function turnOn(): Promise<void> {
    const offered = await withTicket(async (ticket) => ({ ticket, secret: await api.offerTotp(ticket) }));
    if (!offered) return;
    const confirmCode = async (code: string) => {
      const { recoveryCodes } = await api.confirmTotp({ ticket: offered.ticket, code });
      await onChanged(t('security.nowOn'), recoveryCodes);
    };
    show(mountTotpSetUp(ui, offered.secret, { confirm: confirmCode, cancel: () => void load() }));
  }

  async function turnOff(): Promise<void> {
    if (await withTicket(api.removeTotp)) await onChanged(t('security.turnedOff'));
  }

  async function newCodes(): Promise<void> {
    const question = { title: t('security.newCodes'), lead: t('security.newCodesLead') };
    if (!(await confirm(i18n, { ...question, yes: t('security.newCodes') }))) return;
    const answer = await withTicket(api.replaceRecoveryCodes);
    if (answer) await onChanged('', answer.recoveryCodes);
  }

  void load();
  return { node, update: () => update(), focus: () => node.querySelector('h1')?.focus() };
}
