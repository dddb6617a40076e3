import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { chatTitle, nameOf } from '../../state/selectors.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { choose } from '../dialog.ts';
import { mountSelect } from '../form/select.ts';
import type { Ui } from '../ui.ts';
import type { GroupActions } from './group-actions.ts';
import { heirOf, isOnlyOwner, listed } from './rights.ts';

/** Leaves a group after a question. The only owner first makes another member the owner; the last member deletes the group. */
export async function leaveGroup(ui: Ui, groups: GroupActions, conversationId: Id): Promise<void> {
  const { i18n, state, actions } = ui;
  const { t } = i18n;
  const { me, chats, people } = state();
  const chat = chats[conversationId];
  const group = chat?.group;
  if (!me || !group) return;
  const params = { name: chatTitle(state(), chat) };
  const others = group.members.filter(({ id }) => id !== me.id);
  const heir = isOnlyOwner(group.members, me.id) ? heirOf(group.members, me.id) : undefined;
  const title = t('leave.title', params);
  const leave = () => groups.removeMember(conversationId, me.id);
  let run: () => Promise<unknown> = leave;
  let question: Parameters<typeof confirmAndRun>[1] = {
    title,
    lead: t(others.length > 0 ? 'leave.lead' : 'leave.last'),
    yes: t('leave.do'),
  };
  if (heir) {
    const nameOfMember = (member: (typeof others)[number]) => nameOf(people[member.id] ?? member);
    const options = listed(others, nameOfMember).map((member) => ({
      value: member.id,
      label: nameOfMember(member),
    }));
    const owner = mountSelect({ label: t('leave.newOwner'), options, value: heir.id });
    const isAgreed = await choose(i18n, {
      title,
      lead: t('leave.onlyOwner'),
      body: owner.node,
      choices: [{ label: t('leave.passOn'), value: true, danger: true }],
    });
    if (!isAgreed) return;
    question = undefined;
    run = async () => {
      await groups.setRole(conversationId, owner.select.value, 'owner');
      await leave();
    };
  }
  const isDone = await confirmAndRun(ui, question, async () => void (await run()), t('leave.done', params));
  if (isDone) actions.go({ name: 'chats' });
}

/** Deletes a group for everyone, after a question. */
export async function endGroup(ui: Ui, groups: GroupActions, conversationId: Id): Promise<void> {
  const { t } = ui.i18n;
  const chat = ui.state().chats[conversationId];
  const params = { name: chat ? chatTitle(ui.state(), chat) : '' };
  const question = { title: t('end.title', params), lead: t('end.lead'), yes: t('end.yes') };
  const isDone = await confirmAndRun(
    ui,
    question,
    async () => void (await groups.end(conversationId)),
    t('end.done', params),
  );
  if (isDone) ui.actions.go({ name: 'chats' });
}
