import '../../styles/security.css';
import type { SecondFactorState } from '../../../../chat-core/src/wire/wire.ts';
import { createSecurityApi } from '../../api/security.ts';
import { confirm } from '../dialog.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';
import { createPasskey, hasPasskeys } from './passkey-browser.ts';
import { mountProviderLink } from './provider-link.ts';
import { createReauthentication } from './reauthentication.ts';
import { mountRecoveryCodes } from './recovery-codes.ts';
import { mountTotpSetUp } from './totp-set-up.ts';

/** How one logs in: the second step, by codes of an authenticator app, and the recovery codes. */
export function mountSecurity(ui: Ui): Screen {
  const { i18n, notify, failed } = ui;
  const { t } = i18n;
  const api = createSecurityApi(ui.http);
  const { withTicket } = createReauthentication(ui, api);
  /** Whether how one logs in was changed here, so that other devices are offered to be ended. */
  let hasChanged = false;
  const content = el('div', { class: 'security', 'aria-busy': 'true' });
  const node = panel(
    i18n,
    { title: t('security.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('security.lead')),
    content,
  );

  /** Replaces what is shown, and moves the focus to it unless the screen has just opened. */
  function show(...views: HTMLElement[]): void {
    content.replaceChildren(...views);
    content.querySelector('h2')?.focus();
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

  const run = (work: () => Promise<void>) => () => void work().catch(failed);

  function overview({ totp, passkeys, recoveryCodesLeft }: SecondFactorState): HTMLElement[] {
    const hasSecondFactor = totp || passkeys.length > 0;
    const button = (label: string, work: () => Promise<void>) =>
      el('button', { type: 'button', class: 'button', on: { click: run(work) } }, label);
    const app = el(
      'section',
      { class: 'card' },
      el('h2', { tabindex: -1 }, t('security.app')),
      el('p', {}, t(totp ? 'security.appOn' : 'security.appOff')),
      el(
        'div',
        { class: 'security-buttons' },
        totp
          ? button(t('security.turnOff'), turnOff)
          : button(t('security.turnOn'), () => turnOn(hasSecondFactor)),
      ),
    );
    const provider = mountProviderLink(ui, (call) => withTicket(hasSecondFactor, call));
    const isOffered = ui.state().serverInfo?.passkeys && hasPasskeys();
    const passkeyCard = el(
      'section',
      { class: 'card' },
      el('h2', {}, t('passkey.title')),
      el('p', {}, t(isOffered ? 'passkey.lead' : 'passkey.none')),
      el(
        'div',
        { class: 'security-buttons' },
        ...passkeys.map(({ id, name }) => button(t('passkey.remove', { name }), () => removePasskey(id))),
        ...(isOffered ? [button(t('passkey.add'), () => addPasskey(hasSecondFactor))] : []),
      ),
    );
    const others = el(
      'section',
      { class: 'card' },
      el('p', {}, t('security.endOthersLead')),
      el(
        'div',
        { class: 'security-buttons' },
        button(t('security.endOthers'), () => endOthers(hasSecondFactor)),
      ),
    );
    const more = hasChanged ? [provider, passkeyCard, others] : [provider, passkeyCard];
    if (!hasSecondFactor) return [app, ...more];
    const recovery = el(
      'section',
      { class: 'card' },
      el('h2', {}, t('security.recovery')),
      el('p', {}, t('security.recoveryLeft', { n: recoveryCodesLeft })),
      el('div', { class: 'security-buttons' }, button(t('security.newCodes'), newCodes)),
    );
    return [app, recovery, ...more];
  }

  async function addPasskey(hasSecondFactor: boolean): Promise<void> {
    const offered = await withTicket(hasSecondFactor, async (ticket) => ({
      ticket,
      options: await api.offerPasskey(ticket),
    }));
    const passkey = offered && (await createPasskey(offered.options));
    if (!passkey) return;
    const name = (await ui.actions.devices()).find(({ current }) => current)?.name || 'Passkey';
    const { recoveryCodes } = await api.addPasskey({ ticket: offered.ticket, name, passkey });
    hasChanged = true;
    await showCodes(recoveryCodes, t('passkey.added'));
  }

  async function removePasskey(id: string): Promise<void> {
    if (!(await withTicket(true, (ticket) => api.removePasskey({ ticket, id })))) return;
    hasChanged = true;
    notify(t('passkey.removed'));
    await load();
  }

  async function endOthers(hasSecondFactor: boolean): Promise<void> {
    const devices = (await ui.actions.devices()).filter(({ current }) => !current);
    const end = async (ticket: string) => {
      for (const { id } of devices) await api.endDevice(id, ticket);
      return true;
    };
    if (!(await withTicket(hasSecondFactor, end))) return;
    hasChanged = false;
    notify(t('security.endedOthers'));
    await load();
  }

  async function turnOn(hasSecondFactor: boolean): Promise<void> {
    const offered = await withTicket(hasSecondFactor, async (ticket) => ({
      ticket,
      secret: await api.offerTotp(ticket),
    }));
    if (!offered) return;
    const confirmCode = async (code: string) => {
      const { recoveryCodes } = await api.confirmTotp({ ticket: offered.ticket, code });
      hasChanged = true;
      await showCodes(recoveryCodes, t('security.nowOn'));
    };
    show(mountTotpSetUp(ui, offered.secret, { confirm: confirmCode, cancel: () => void load() }));
  }

  async function showCodes(codes: string[] | undefined, done = ''): Promise<void> {
    if (codes) show(mountRecoveryCodes(ui, codes, { done, onSaved: () => void load() }));
    else {
      if (done) notify(done);
      await load();
    }
  }

  async function turnOff(): Promise<void> {
    if (!(await withTicket(true, api.removeTotp))) return;
    hasChanged = true;
    notify(t('security.turnedOff'));
    await load();
  }

  async function newCodes(): Promise<void> {
    const question = { title: t('security.newCodes'), lead: t('security.newCodesLead') };
    if (!(await confirm(i18n, { ...question, yes: t('security.newCodes') }))) return;
    const answer = await withTicket(true, api.replaceRecoveryCodes);
    if (answer) await showCodes(answer.recoveryCodes);
  }

  void load();
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
