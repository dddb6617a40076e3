import { toApiError } from '../../api/api-error.ts';
import { createSecurityApi } from '../../api/security.ts';
import { el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { knownUsername } from '../form/known-username.ts';
import { newPassword } from '../form/new-password.ts';
import { panel } from '../panel.ts';
import { createReauthentication } from '../security/reauthentication.ts';
import type { Screen, Ui } from '../ui.ts';

/** Changes the password, which logs out the other devices. */
export function mountPassword(ui: Ui): Screen {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const reauthentication = createReauthentication(ui, createSecurityApi(ui.http), 'settings');
  const done = el('p', { class: 'panel-done', role: 'status' });
  const form = mountForm(i18n, {
    name: 'password',
    fields: [
      { name: 'current', label: 'password.current', password: true, autocomplete: 'current-password' },
      { ...newPassword, name: 'next', label: 'password.new' },
    ],
    submit: 'password.submit',
    errorFields: { WRONG_PASSWORD: 'current', INVALID_PASSWORD: 'next', COMMON_PASSWORD: 'next' },
    async send({ current = '', next = '' }) {
      done.textContent = '';
      if (!(await change(current, next))) return;
      form.clear();
      done.textContent = t('password.done');
    },
  });
  /** @returns false when the person closed the dialog that asks for the second factor, where there is one */
  async function change(current: string, next: string): Promise<boolean> {
    const send = async (ticket?: string) => {
      await actions.changePassword(current, next, ticket);
      return true;
    };
    try {
      return await send();
    } catch (thrown) {
      if (toApiError(thrown).code !== 'REAUTHENTICATION_REQUIRED') throw thrown;
      return (await reauthentication(send)) ?? false;
    }
  }

  form.node.prepend(knownUsername(state().me?.username));
  const node = panel(
    i18n,
    { title: t('password.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('password.lead')),
    form.node,
    done,
  );
  return { node, update: () => undefined, focus: form.focus };
}
