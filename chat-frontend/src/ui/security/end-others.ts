import type { SecurityApi } from '../../api/security.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';
import type { WithTicket } from './reauthentication.ts';

/** The account whose logins were changed in this page, until its other devices were ended or kept. */
let changedAccount: string | undefined;

/** Remembers that this person has changed how they log in. */
export function markChanged({ state }: Pick<Ui, 'state'>): void {
  changedAccount = state().me?.id;
}

/**
 * After a change of how one logs in: the choice to end the other devices, which logged in before it (OWASP ASVS 5.0
 * 7.4.3). Hidden where nothing was changed, and where there are none.
 */
export function mountEndOthers(
  { i18n, actions, state, notify }: Ui,
  api: SecurityApi,
  withTicket: WithTicket,
): HTMLElement {
  const { t } = i18n;
  const lead = el('p', {});
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const button = (label: string, run: () => void, main = '') =>
    el('button', { type: 'button', class: `button ${main}`.trim(), on: { click: run } }, label);
  const node = el(
    'section',
    { class: 'card', hidden: true, 'aria-live': 'polite' },
    el('h2', {}, t('others.title')),
    lead,
    errorText,
    el(
      'div',
      { class: 'security-buttons' },
      button(t('others.end'), onEnd, 'button-main'),
      button(t('others.keep'), close),
    ),
  );
  const others = async () => (await actions.devices()).filter(({ current }) => !current);

  async function load(): Promise<void> {
    const { length } = await others();
    if (length === 0) return close();
    lead.textContent = t('others.lead', { n: length });
    node.hidden = false;
  }

  function close(): void {
    changedAccount = undefined;
    node.hidden = true;
  }

  async function endAll(): Promise<void> {
    const hasEnded = await withTicket(async (ticket) => {
      for (const { id } of await others()) await api.endDevice(id, ticket);
      return true;
    });
    if (!hasEnded) return;
    close();
    notify(t('others.ended'));
  }

  function onEnd(): void {
    endAll().catch((thrown: unknown) => showError(errorText, i18n, thrown));
  }

  if (changedAccount !== undefined && changedAccount === state().me?.id) load().catch(() => undefined);
  return node;
}
