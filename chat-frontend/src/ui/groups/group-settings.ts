import type { EditGroup, GroupAction, GroupPermissions, Id } from '../../../../chat-core/src/wire/wire.ts';
import { faceOf, isAllowed } from '../../state/selectors.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { el, setText } from '../el.ts';
import type { FieldSpec } from '../form/field.ts';
import { mountForm } from '../form/form.ts';
import { mountPictureField } from '../settings/profile.ts';
import type { Screen, Ui } from '../ui.ts';
import { createGroupActions } from './group-actions.ts';
import { groupPage } from './group-page.ts';
import { mountNewcomers } from './newcomers.ts';
import { isAdmin } from './rights.ts';

const ACTIONS: GroupAction[] = ['post', 'addMembers', 'editInfo', 'pin', 'removeMessages'];

/** The field of a group's name; the limit is that of the core. */
export const groupNameField: FieldSpec = {
  name: 'name',
  label: 'group.name',
  prose: true,
  autocomplete: 'off',
  maxlength: 64,
};

/** The name and picture of a group, and for admins what its members may do and newcomers may read. */
export function mountGroupSettings(ui: Ui, conversationId: Id): Screen {
  const { i18n, state } = ui;
  const { t } = i18n;
  const groups = createGroupActions(ui);
  const done = el('p', { class: 'panel-done', role: 'status' });

  /** Changes that are not answered yet. What was chosen is shown until then. */
  let open = 0;

  /** Shows the setting of the server afterwards, also when it refused the change. */
  async function change(input: EditGroup, text = t('groupSettings.done')): Promise<void> {
    open += 1;
    await confirmAndRun(ui, undefined, async () => void (await groups.edit(conversationId, input)), text);
    open -= 1;
    screen.update(state());
  }

  const picture = mountPictureField(ui, (next) =>
    change({ picture: next }, t(next ? 'profile.pictureDone' : 'profile.pictureGone')),
  );
  picture.node.querySelector('.avatar')?.classList.add('avatar-group');
  const form = mountForm(i18n, {
    name: `group ${conversationId}`,
    fields: [groupNameField],
    submit: 'groupSettings.rename',
    errorFields: { INVALID_GROUP_NAME: 'name' },
    async send({ name = '' }) {
      setText(done, '');
      await groups.edit(conversationId, { name });
      setText(done, t('groupSettings.renamed'));
    },
  });
  const info = el('div', { class: 'form' }, picture.node, form.node, done);
  const switches = ACTIONS.map((action) => {
    const input = el('input', {
      type: 'checkbox',
      role: 'switch',
      class: 'switch',
      'aria-describedby': `permission-${action}`,
      on: {
        change: () => void change({ permissions: { [action]: input.checked ? 'everyone' : 'admins' } }),
      },
    });
    return { action, input };
  });
  const permissions = el(
    'fieldset',
    { class: 'card permissions' },
    el('legend', {}, t('permissions.legend')),
    ...switches.map(({ action, input }) =>
      el(
        'div',
        { class: 'field' },
        el('label', { class: 'choice choice-switch' }, t(`permissions.${action}`), input),
        el('p', { class: 'field-hint', id: `permission-${action}` }, t(`permissions.${action}Hint`)),
      ),
    ),
  );
  const newcomers = mountNewcomers(ui, (newcomersRead) => void change({ newcomersRead }));
  const notAllowed = el('p', { class: 'panel-lead' }, t('groupSettings.notAllowed'));

  function showPermissions(shown: GroupPermissions): void {
    for (const { action, input } of switches) input.checked = shown[action] === 'everyone';
  }

  const screen = groupPage(
    ui,
    conversationId,
    { title: t('groupSettings.title') },
    [notAllowed, info, permissions, newcomers.node],
    (group, now, chat) => {
      const isForAdmins = isAdmin(group, now.me?.id);
      info.hidden = !isAllowed(now, chat, 'editInfo');
      permissions.hidden = !isForAdmins;
      newcomers.node.hidden = !isForAdmins;
      notAllowed.hidden = isForAdmins || !info.hidden;
      picture.update(faceOf(now, chat) ?? null);
      form.fill({ name: group.name });
      if (open > 0) return;
      showPermissions(group.permissions);
      newcomers.show(group.newcomersRead);
    },
  );
  return screen;
}
