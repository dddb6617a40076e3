import type { GroupInfo, GroupMember, Id } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { fold } from '../../state/chat-rows.ts';
import { chatWith, isBlocked, isFriend, nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { confirmAndRun } from '../confirm-and-run.ts';
import { bdi, el, setText } from '../el.ts';
import { keyedList } from '../keyed-list.ts';
import { type LazyIconName, lazyIcon } from '../lazy-icons.ts';
import { type MenuItem, openMenu } from '../menus/menu.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Ui } from '../ui.ts';
import type { GroupActions } from './group-actions.ts';
import { listed, type MemberAction, memberActions, ROLE_OF, roleIn } from './rights.ts';

/** A shorter list needs no search. */
const SEARCH_FROM = 12;
const ICONS: Record<MemberAction, LazyIconName> = {
  makeOwner: 'key',
  makeAdmin: 'check',
  makeMember: 'close',
  remove: 'removeFriend',
};

/** The members of a group with their roles, each with a menu of what this person may do to them. */
export function mountMembers(ui: Ui, groups: GroupActions, conversationId: Id) {
  const { i18n, actions, state } = ui;
  const { t } = i18n;
  const heading = el('h2', {});
  const search = el('input', {
    type: 'search',
    class: 'pick-search',
    placeholder: t('members.search'),
    'aria-label': t('members.search'),
    autocomplete: 'off',
    on: { input: () => show(state()) },
  });
  const none = el('p', { class: 'list-empty' }, t('members.noMatch'));
  const list = el('ul', {});
  const render = keyedList<GroupMember>(list, { key: ({ id }) => id, create: createRow });
  const node = el('section', { class: 'card' }, heading, search, none, list);
  let group: GroupInfo | undefined;

  const nameOfMember = (member: GroupMember) => nameOf(state().people[member.id] ?? member);

  function createRow({ id }: GroupMember) {
    const isMe = id === state().me?.id;
    const picture = avatar('avatar-small');
    const name = bdi('', 'person-name');
    const username = bdi('', 'person-username');
    const role = el('span', { class: 'role' });
    const href = isMe ? hashOf({ name: 'profile' }) : hashOf({ name: 'contact', userId: id });
    const link = el(
      'a',
      { class: 'person-link', href },
      picture,
      el('span', { class: 'person-text' }, name, username),
      role,
    );
    const more = el(
      'button',
      {
        type: 'button',
        class: 'icon-button',
        'aria-haspopup': 'menu',
        on: { click: () => openActions(id, more) },
      },
      lazyIcon('more'),
    );
    return {
      node: el('li', { class: 'person member' }, link, isMe ? undefined : more),
      update(member: GroupMember): void {
        const profile = state().people[id] ?? member;
        const shown = nameOf(profile);
        updateAvatar(picture, profile, actions.picture(profile));
        setText(name, shown);
        const at = `@${profile.username}`;
        setText(username, isMe ? t('members.you', { name: at }) : at);
        setText(role, member.role === 'member' ? '' : t(`role.${member.role}`));
        more.setAttribute('aria-label', t('members.menu', { name: shown }));
      },
    };
  }

  function openActions(id: Id, opener: Element): void {
    const member = group?.members.find((one) => one.id === id);
    if (!group || !member) return;
    const now = state();
    const chat = chatWith(now, id);
    const mayAdd = !isFriend(now, id) && !isBlocked(now, id);
    const { username } = member;
    const items: MenuItem[] = [
      ...(chat
        ? [item('chat', t('contact.write'), () => actions.go({ name: 'chat', conversationId: chat.id }))]
        : []),
      ...(mayAdd ? [item('addFriend', t('friend.title'), () => actions.go({ name: 'add', username }))] : []),
      ...memberActions(roleIn(group, now.me?.id), member.role).map((action) => ({
        ...item(ICONS[action], t(`members.${action}`), () => void run(action, member)),
        danger: action === 'remove',
      })),
    ];
    if (items.length === 0) actions.go({ name: 'contact', userId: id });
    else openMenu(t('members.menu', { name: nameOfMember(member) }), items, opener);
  }

  const item = (icon: LazyIconName, label: string, act: () => void): MenuItem => ({
    icon,
    label,
    run: act,
  });

  /** A removal, and a new owner, ask first. */
  async function run(action: MemberAction, member: GroupMember): Promise<void> {
    const params = { name: nameOfMember(member) };
    const asks = action === 'remove' || action === 'makeOwner';
    const question = asks
      ? {
          title: t(`members.${action}Title`, params),
          lead: t(`members.${action}Lead`, params),
          yes: t(`members.${action}`),
          danger: action === 'remove',
        }
      : undefined;
    const call = async () =>
      void (await (action === 'remove'
        ? groups.removeMember(conversationId, member.id)
        : groups.setRole(conversationId, member.id, ROLE_OF[action])));
    await confirmAndRun(ui, question, call, t(`members.${action}Done`, params));
  }

  function show(now: State): void {
    if (!group) return;
    const wanted = fold(search.value);
    const matches = (member: GroupMember) =>
      fold(`${nameOfMember(member)}\n@${member.username}`).includes(wanted);
    const shown = listed(group.members, nameOfMember).filter(matches);
    const isMe = ({ id }: GroupMember) => id === now.me?.id;
    render([...shown.filter(isMe), ...shown.filter((member) => !isMe(member))]);
    none.hidden = shown.length > 0;
  }

  return {
    node,
    update(next: GroupInfo, now: State): void {
      group = next;
      setText(heading, t('members.title', { n: group.members.length }));
      search.hidden = group.members.length < SEARCH_FROM;
      show(now);
    },
  };
}
