import { createOwnerApi } from '../../api/owner.ts';
import { el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { panel } from '../panel.ts';
import type { Screen, Ui } from '../ui.ts';

/** Asks for the code that the box prints while it has no owner. Once it is accepted, the profile says so by the next poll. */
export function mountClaim(ui: Ui): Screen {
  const { i18n, http, actions, notify } = ui;
  const { t } = i18n;
  const api = createOwnerApi(http);
  const form = mountForm(i18n, {
    name: 'claim',
    fields: [{ name: 'ownerCode', label: 'claim.code', autocomplete: 'off' }],
    submit: 'claim.submit',
    errorFields: { WRONG_OWNER_CODE: 'ownerCode', INVALID_REQUEST: 'ownerCode' },
    async send({ ownerCode = '' }) {
      await api.claim(ownerCode.trim());
      notify(t('claim.done'));
      await actions.poll();
    },
  });
  const node = panel(
    i18n,
    { title: t('claim.title'), parent: { name: 'settings' } },
    el('p', { class: 'panel-lead' }, t('claim.lead')),
    form.node,
    el('p', { class: 'panel-note' }, t('owner.lead')),
  );
  return { node, update: () => undefined, focus: () => form.focus() };
}
