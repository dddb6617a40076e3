import { newId } from '../../ids.ts';
import type { State } from '../../state/state.ts';
import { mountForm } from '../form/form.ts';
import { panel } from '../panel.ts';
import { repeatable } from '../repeatable.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountFriendPicker } from './friend-picker.ts';
import { createGroupActions } from './group-actions.ts';
import { groupNameField } from './group-settings.ts';
import { mountNewcomers } from './newcomers.ts';

/** Creates a group: its name, its first members, and what later ones may read. */
export function mountNewGroup(ui: Ui): Screen {
  const { i18n, actions, state } = ui;
  const groups = createGroupActions(ui);
  const picker = mountFriendPicker(ui);
  const newcomers = mountNewcomers(ui);
  const form = mountForm(i18n, {
    name: 'new-group',
    fields: [groupNameField],
    submit: 'newGroup.submit',
    errorFields: { INVALID_GROUP_NAME: 'name' },
    async send({ name = '' }) {
      const input = { name, memberIds: picker.chosen(), newcomersRead: newcomers.value() };
      const { id } = await repeatable(['group', state().me?.id, input], newId, (conversationId) =>
        groups.create({ ...input, conversationId }),
      );
      form.clear();
      actions.go({ name: 'chat', conversationId: id });
    },
  });
  form.node.querySelector('.form-error')?.before(picker.node, newcomers.node);
  const node = panel(i18n, { title: i18n.t('newGroup.title') }, form.node);
  const update = (now: State) => picker.update(now);
  return { node, update, focus: form.focus };
}
