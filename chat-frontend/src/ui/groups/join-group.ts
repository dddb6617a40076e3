import type { GroupPreview, Id } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import type { State } from '../../state/state.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { bdi, el, setText } from '../el.ts';
import { entryAlternative, entryPage } from '../entry/entry-page.ts';
import { showError } from '../error-message.ts';
import { panel } from '../panel.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Screen, Ui } from '../ui.ts';
import { createGroupActions } from './group-actions.ts';

/** The page of a group's link: what the group is, and how to join it. Visitors log in or register first, and come back. */
export function mountJoinGroup(ui: Ui, code: string): Screen {
  return ui.state().me ? mountJoin(ui, code) : mountVisitor(ui, code);
}

function mountVisitor(ui: Ui, code: string): Screen {
  const { t } = ui.i18n;
  const next = hashOf({ name: 'group', code });
  const notice = el('p', { class: 'entry-notice', role: 'status', hidden: true });
  const register = entryAlternative(
    t('login.noAccount'),
    t('login.toRegister'),
    hashOf({ name: 'register', next }),
  );
  const node = entryPage(
    ui,
    { title: t('join.title'), lead: t('join.visitor') },
    notice,
    el(
      'div',
      { class: 'form join-visitor' },
      el('a', { class: 'button button-main', href: hashOf({ name: 'login', next }) }, t('login.submit')),
    ),
    register,
  );

  /** A group's link is no invitation to the box: who has no account registers as the box allows. */
  function update({ serverInfo }: State): void {
    const mode = serverInfo?.registration ?? 'open';
    notice.hidden = mode === 'open';
    setText(
      notice,
      mode === 'open' ? '' : t(mode === 'invite' ? 'join.byInvite' : 'error.REGISTRATION_CLOSED'),
    );
    register.hidden = mode === 'closed';
  }

  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}

function mountJoin(ui: Ui, code: string): Screen {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const groups = createGroupActions(ui);
  const picture = avatar('avatar-huge avatar-group');
  const name = bdi('', 'contact-name');
  const count = el('p', { class: 'contact-seen' });
  const reading = el('p', { class: 'contact-seen' });
  const group = el('div', { class: 'contact', hidden: true }, picture, name, count, reading);
  const status = el('p', { class: 'invite-lead join-status', role: 'status' }, t('form.busy'));
  const join = el('button', {
    type: 'button',
    class: 'button button-main',
    hidden: true,
    on: { click: () => void onJoin() },
  });
  const node = panel(i18n, { title: t('join.title') }, group, status, join);
  node.setAttribute('aria-busy', 'true');
  /** The group that this person has asked to join. */
  let requested: Id | undefined;

  function show({ name: title, memberCount, newcomersRead, approval }: GroupPreview): void {
    updateAvatar(picture, { id: '', username: title });
    setText(name, title);
    setText(count, t('group.members', { n: memberCount }));
    setText(reading, t(`newcomers.is.${newcomersRead}`));
    setText(status, approval ? t('join.approval') : '');
    setText(join, t(approval ? 'join.ask' : 'join.do'));
    group.hidden = false;
    join.hidden = false;
  }

  async function onJoin(): Promise<void> {
    if (join.getAttribute('aria-disabled') === 'true') return;
    join.setAttribute('aria-disabled', 'true');
    await confirmAndRun(ui, undefined, async () => {
      const { status: result, conversationId } = await groups.join(code);
      if (result === 'joined') return actions.go({ name: 'chat', conversationId });
      requested = conversationId;
      join.hidden = true;
      setText(status, t('join.requested'));
      update();
    });
    join.removeAttribute('aria-disabled');
  }

  /** Opens the group once an admin has let this person in. */
  function update(): void {
    if (requested && state().chats[requested]) actions.go({ name: 'chat', conversationId: requested });
  }

  groups
    .preview(code)
    .then(show, (thrown: unknown) => showError(status, i18n, thrown))
    .finally(() => node.removeAttribute('aria-busy'));
  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
