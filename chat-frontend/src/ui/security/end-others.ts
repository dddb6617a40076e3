import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import type { SecurityApi } from '../../api/security.ts';
import { openKeyValueStore } from '../../key-value-store.ts';
import { accountPrefix, openAccountKeys } from '../../local-db/account-keys.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import type { Ui } from '../ui.ts';
import type { WithTicket } from './reauthentication.ts';

/** Is there from a change of how one logs in until the other devices were ended or kept, also after a reload. */
const keyOf = (userId: Id) => `${accountPrefix(userId)}changed-logins`;

/** Remembers that this person has changed how they log in. */
export function markChanged({ state }: Pick<Ui, 'state'>): void {
  const { me } = state();
  if (me) openAccountKeys(openKeyValueStore(), me.id).setItem(keyOf(me.id), '1');
}

/**
 * After a change of how one logs in: the choice to end the other devices, which logged in before it (OWASP ASVS 5.0
 * 7.4.3). Hidden where nothing was changed, and where there are none.
 */
export function mountEndOthers(
  { i18n, actions, state, notify }: Ui,
  api: SecurityApi,
  withTicket: WithTicket,
): { node: HTMLElement; update(): void } {
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
    const { me } = state();
    if (me) openKeyValueStore().removeItem(keyOf(me.id));
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

  let isChecked = false;
  /** After a reload the person may be known only later. */
  function update(): void {
    const { me } = state();
    if (!me || isChecked) return;
    isChecked = true;
    if (openKeyValueStore().getItem(keyOf(me.id)) !== null) load().catch(() => undefined);
  }

  update();
  return { node, update };
}
