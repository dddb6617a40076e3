import type { Id, Profile } from '../../../../chat-core/src/wire/wire.ts';
import { type GroupPage, hashOf } from '../../router.ts';
import { faceOf, isAllowed, nameOf } from '../../state/selectors.ts';
import { mountSaverAction } from '../attachments/data-use/saver-action.ts';
import { buttonAction, createPersonRow, linkAction, rowButton } from '../card-rows.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { bdi, el, setText } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import type { LazyIconName } from '../lazy-icons.ts';
import { mountMuting } from '../people/mute.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Screen, Ui } from '../ui.ts';
import { createGroupActions } from './group-actions.ts';
import { groupPage } from './group-page.ts';
import { endGroup, leaveGroup } from './leave.ts';
import { mountMembers } from './members.ts';
import { isAdmin, roleIn } from './rights.ts';

/** The page of a group: who is in it, who wants to be, and what this person may do with it. */
export function mountGroupInfo(ui: Ui, conversationId: Id): Screen {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const groups = createGroupActions(ui);
  const picture = avatar('avatar-huge avatar-group');
  const name = bdi('', 'contact-name');
  const count = el('p', { class: 'contact-seen' });
  const reading = el('p', { class: 'contact-seen' });
  const toPage = (icon: LazyIconName, label: string, page: GroupPage) =>
    linkAction(icon, label, hashOf({ name: 'group-info', conversationId, page }));
  const open = linkAction('chat', t('contact.write'), hashOf({ name: 'chat', conversationId }));
  const add = toPage('addFriend', t('group.add'), 'add');
  const links = toPage('link', t('groupLinks.title'), 'links');
  const settings = toPage('edit', t('groupSettings.title'), 'settings');
  const muting = mountMuting(ui);
  const search = linkAction('search', t('search.inChat'), hashOf({ name: 'search', conversationId }));
  const media = linkAction('image', t('media.title'), hashOf({ name: 'media', conversationId }));
  const saver = mountSaverAction(ui);
  const requests = mountRequests();
  const members = mountMembers(ui, groups, conversationId);
  const leave = buttonAction(
    'logout',
    t('leave.do'),
    () => void leaveGroup(ui, groups, conversationId),
    true,
  );
  const end = buttonAction('trash', t('end.do'), () => void endGroup(ui, groups, conversationId), true);

  /** The people who ask to join; only admins see them. */
  function mountRequests() {
    const heading = el('h2', {});
    const list = el('ul', {});
    const render = keyedList<Profile>(list, {
      key: ({ id }) => id,
      create: (person) => createPersonRow(ui, [answer(person, true), answer(person, false)], person),
    });
    const node = el('section', { class: 'card' }, heading, list);
    return {
      node,
      update(people: Profile[]): void {
        node.hidden = people.length === 0;
        setText(heading, t('joinRequests.title', { n: people.length }));
        render(people);
      },
    };
  }

  function answer(person: Profile, accept: boolean): HTMLButtonElement {
    const verb = accept ? 'accept' : 'decline';
    const params = { name: nameOf(person) };
    const run = () =>
      void confirmAndRun(
        ui,
        undefined,
        async () => void (await groups.answerRequest(conversationId, person.id, accept)),
        t(`joinRequests.${verb}Done`, params),
      );
    return rowButton(t(`requests.${verb}`), t(`joinRequests.${verb}Who`, params), run, accept);
  }

  return groupPage(
    ui,
    conversationId,
    { title: t('group.title'), parent: { name: 'chat', conversationId } },
    [
      el('div', { class: 'contact' }, picture, name, count, reading),
      requests.node,
      el(
        'div',
        { class: 'card card-actions' },
        open,
        search,
        media,
        add,
        links,
        settings,
        muting.node,
        saver.node,
      ),
      members.node,
      el('div', { class: 'card card-actions' }, leave, end),
    ],
    (group, state, chat) => {
      const profile = faceOf(state, chat);
      const myId = state.me?.id;
      updateAvatar(picture, profile, actions.picture(profile));
      setText(name, nameOf(profile));
      setText(count, t('group.members', { n: group.members.length }));
      setText(reading, t(`newcomers.is.${group.newcomersRead}`));
      add.hidden = !isAllowed(state, chat, 'addMembers');
      links.hidden = !isAdmin(group, myId);
      settings.hidden = !isAdmin(group, myId) && !isAllowed(state, chat, 'editInfo');
      muting.update(state, chat);
      saver.update(conversationId);
      requests.update(group.requests ?? []);
      members.update(group, state);
      end.hidden = roleIn(group, myId) !== 'owner';
    },
  );
}
