import type { OidcLinkState } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';
import { beginAtProvider, canBegin } from './provider.ts';
import type { WithTicket } from './reauthentication.ts';

/** Whether one logs in by the provider: to link, to end the link, and to set a first password. */
export function mountProviderLink(
  ui: Ui,
  withTicket: WithTicket,
  onChanged: (done: string) => Promise<void>,
): HTMLElement {
  const { i18n, http, state } = ui;
  const { t } = i18n;
  const card = el('section', { class: 'card', hidden: true });
  const name = state().serverInfo?.oidc?.name ?? '';
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const run = (work: () => Promise<unknown>) => () =>
    void work().catch((thrown: unknown) => showError(errorText, i18n, thrown));

  async function load(): Promise<void> {
    const { isLinked, hasPassword } = await http.get<OidcLinkState>('/auth/oidc');
    card.hidden = name === '' && !isLinked && hasPassword;
    const says = !hasPassword ? 'provider.noPassword' : isLinked ? 'provider.isLinked' : 'provider.notLinked';
    card.replaceChildren(
      el('h2', { tabindex: -1 }, name ? t('provider.login', { name }) : t('provider.title')),
      el('p', {}, t(says)),
      errorText,
      ...(canBegin() || isLinked ? [button(isLinked, hasPassword)] : []),
    );
  }

  function button(isLinked: boolean, hasPassword: boolean): HTMLElement {
    const [label, work] = !hasPassword
      ? (['provider.setPassword', () => beginAtProvider(ui, { purpose: 'confirm' })] as const)
      : isLinked
        ? (['provider.unlink', unlink] as const)
        : (['provider.link', link] as const);
    return el(
      'div',
      { class: 'security-buttons' },
      el('button', { type: 'button', class: 'button', on: { click: run(work) } }, t(label)),
    );
  }

  const link = () => withTicket((ticket) => beginAtProvider(ui, { purpose: 'link', ticket }));

  async function unlink(): Promise<void> {
    const isDone = await withTicket(async (ticket) => {
      await http.post('/auth/oidc/unlink', { ticket });
      return true;
    });
    if (isDone !== true) return;
    await onChanged(t('provider.unlinked'));
  }

  load().catch(() => undefined);
  return card;
}
