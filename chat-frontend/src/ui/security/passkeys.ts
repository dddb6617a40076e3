import type { Passkey } from '../../../../chat-core/src/wire/wire.ts';
import type { SecurityApi } from '../../api/security.ts';
import { rowButton } from '../card-rows.ts';
import { confirm, showDialog } from '../dialog.ts';
import { bdi, el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import type { Ui } from '../ui.ts';
import { createPasskey, hasPasskeys } from './passkey-browser.ts';
import type { WithTicket } from './reauthentication.ts';

const MAX_NAME_LENGTH = 64;

type Deps = {
  api: SecurityApi;
  withTicket: WithTicket;
  /** It is the only second factor, on a box that requires one: it cannot be removed. */
  isLast: boolean;
  /** `recoveryCodes`: new ones to show. */
  onChanged(done: string, recoveryCodes?: string[]): Promise<void>;
  onRenamed(done: string): Promise<void>;
};

/** The passkeys of an account: to add one, and to rename or remove each. */
export function mountPasskeys(ui: Ui, passkeys: Passkey[], deps: Deps): HTMLElement {
  const { i18n, now, failed } = ui;
  const { t } = i18n;
  const { api, withTicket, isLast, onChanged, onRenamed } = deps;
  const isPossible = ui.state().serverInfo?.passkeys === true;
  const isOffered = isPossible && hasPasskeys();
  const run = (work: () => Promise<void>) => () => void work().catch(failed);

  function item({ id, name, createdAt, lastUsedAt }: Passkey): HTMLElement {
    const when = lastUsedAt
      ? t('passkey.used', { when: i18n.listTime(lastUsedAt, now()) })
      : t('passkey.made', { when: i18n.listTime(createdAt, now()) });
    const rename = rowButton(
      t('passkey.rename'),
      t('passkey.renameWhich', { name }),
      run(() => renamePasskey(id, name)),
    );
    const remove = rowButton(
      t('passkey.remove'),
      t('passkey.removeWhich', { name }),
      run(() => removePasskey(id, name)),
    );
    const text = el('div', { class: 'device-text' }, bdi(name), el('p', { class: 'device-when' }, when));
    return el('li', { class: 'device passkey' }, text, rename, isLast ? undefined : remove);
  }

  async function addPasskey(): Promise<void> {
    const offered = await withTicket(async (ticket) => ({ ticket, options: await api.offerPasskey(ticket) }));
    const passkey = offered && (await createPasskey(offered.options));
    if (!passkey) return;
    const name = (await ui.actions.devices()).find(({ current }) => current)?.name || 'Passkey';
    const { recoveryCodes } = await api.addPasskey({ ticket: offered.ticket, name, passkey });
    await onChanged(t('passkey.added'), recoveryCodes);
  }

  async function renamePasskey(id: string, before: string): Promise<void> {
    const name = await askForName(ui, before);
    if (name === undefined || name === before) return;
    if (await withTicket((ticket) => api.renamePasskey({ ticket, id, name })))
      await onRenamed(t('passkey.renamed'));
  }

  async function removePasskey(id: string, name: string): Promise<void> {
    const question = { title: t('passkey.removeTitle', { name }), lead: t('passkey.removeLead') };
    if (!(await confirm(i18n, { ...question, yes: t('passkey.remove') }))) return;
    if (await withTicket((ticket) => api.removePasskey({ ticket, id })))
      await onChanged(t('passkey.removed'));
  }

  return el(
    'section',
    { class: 'card' },
    el('h2', { tabindex: -1 }, t('passkey.title')),
    el('p', {}, t(isOffered ? 'passkey.lead' : isPossible ? 'passkey.notHere' : 'passkey.none')),
    passkeys.length > 0 ? el('ul', { class: 'passkeys' }, ...passkeys.map(item)) : undefined,
    isOffered
      ? el(
          'div',
          { class: 'security-buttons' },
          el('button', { type: 'button', class: 'button', on: { click: run(addPasskey) } }, t('passkey.add')),
        )
      : undefined,
  );
}

/** @returns undefined when the person closes the dialog */
function askForName({ i18n }: Ui, before: string): Promise<string | undefined> {
  const { t } = i18n;
  let chosen: string | undefined;
  const form = mountForm(i18n, {
    name: `passkey ${before}`,
    fields: [
      {
        name: 'name',
        label: 'passkey.name',
        prose: true,
        value: before,
        maxlength: MAX_NAME_LENGTH,
        autocomplete: 'off',
      },
    ],
    submit: 'passkey.rename',
    async send({ name = '' }) {
      chosen = name.trim();
      dialog.close();
    },
  });
  const close = () => dialog.close();
  form.node.append(
    el('button', { type: 'button', class: 'button', on: { click: close } }, t('dialog.cancel')),
  );
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'dialog-title' },
    el('h2', { id: 'dialog-title' }, t('passkey.rename')),
    form.node,
  );
  return new Promise((resolve) => {
    showDialog(dialog, () => resolve(chosen));
    form.focus();
  });
}
