import type { GroupInfo, Id } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { isAllowed } from '../../state/selectors.ts';
import { linkAction } from '../card-rows.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el, setText } from '../el.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountFriendPicker } from './friend-picker.ts';
import { createGroupActions } from './group-actions.ts';
import { groupPage } from './group-page.ts';
import { isAdmin } from './rights.ts';

/** Adds friends to a group; others are invited by a link, which admins create. */
export function mountAddMembers(ui: Ui, conversationId: Id): Screen {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const groups = createGroupActions(ui);
  let group: GroupInfo | undefined;
  const picker = mountFriendPicker(ui, {
    isMember: (id) => group?.members.some((member) => member.id === id) ?? false,
    onChange: showButton,
  });
  const add = el('button', { type: 'submit', class: 'button button-main' });
  const notAllowed = el('p', { class: 'panel-lead' }, t('add.notAllowed'));
  const form = el('form', { class: 'form', on: { submit: onSubmit } }, picker.node, add);
  const links = el(
    'div',
    { class: 'card card-actions' },
    linkAction('link', t('add.byLink'), hashOf({ name: 'group-info', conversationId, page: 'links' })),
  );
  let isBusy = false;

  function showButton(): void {
    const n = picker.chosen().length;
    setText(add, isBusy ? t('form.busy') : n > 0 ? t('add.submit', { n }) : t('add.none'));
    add.setAttribute('aria-disabled', String(isBusy || n === 0));
  }

  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    const ids = picker.chosen();
    if (isBusy) return;
    if (ids.length === 0) return picker.focus();
    isBusy = true;
    showButton();
    const isDone = await confirmAndRun(
      ui,
      undefined,
      async () => void (await groups.addMembers(conversationId, ids)),
      t('add.done', { n: ids.length }),
    );
    isBusy = false;
    showButton();
    if (isDone) actions.go({ name: 'group-info', conversationId });
  }

  return groupPage(
    ui,
    conversationId,
    { title: t('group.add') },
    [notAllowed, form, links],
    (next, state, chat) => {
      group = next;
      form.hidden = !isAllowed(state, chat, 'addMembers');
      notAllowed.hidden = !form.hidden;
      links.hidden = !isAdmin(group, state.me?.id);
      picker.update(state);
      showButton();
    },
  );
}
