import logo from '../../assets/logo.svg';
import type { Key } from '../../i18n/language.ts';
import { hashOf, type Route } from '../../router.ts';
import { type ChatRow, chatRows } from '../../state/chat-rows.ts';
import type { State } from '../../state/state.ts';
import { el, setText } from '../el.ts';
import { type IconName, icon } from '../icons.ts';
import { keyedList } from '../keyed-list.ts';
import { lazyMenus, lazySearch, withPart } from '../lazy.ts';
import { listenForMenus } from '../menus/listen-for-menus.ts';
import { avatar, updateAvatar } from '../person.ts';
import type { Screen, Ui } from '../ui.ts';
import { createChatRow, type RowItem } from './chat-row.ts';
import { stableOrder } from './stable-order.ts';

/** The list of chats with its search: the left pane, or the first page on a phone. */
export function mountChats(ui: Ui) {
  const { i18n } = ui;
  const { t } = i18n;
  let route: Route = { name: 'chats' };

  const search = el('input', {
    type: 'search',
    class: 'chats-search',
    placeholder: t('chats.search'),
    'aria-label': t('chats.search'),
    autocomplete: 'off',
    on: { input: onInput },
  });
  const picture = avatar('avatar-small');
  const settings = el(
    'a',
    { class: 'icon-button', href: hashOf({ name: 'settings' }), 'aria-label': t('settings.title') },
    picture,
  );
  const headerLink = (name: IconName, to: Route, label: Key) =>
    el('a', { class: 'icon-button', href: hashOf(to), 'aria-label': t(label) }, icon(name));
  const requestsText = el('span', {});
  const requests = el(
    'a',
    { class: 'chats-requests', href: hashOf({ name: 'requests' }), hidden: true },
    icon('addFriend'),
    requestsText,
  );
  const list = el('ul', { class: 'chats-list', 'aria-label': t('chats.title') });
  const loading = el('p', { class: 'chats-loading', role: 'status' }, t('chats.loading'));
  const emptyTitle = el('p', { class: 'empty-title' }, t('chats.empty'));
  const emptyLead = el('p', {}, t('chats.emptyLead'));
  const add = el(
    'a',
    { class: 'button button-main', href: hashOf({ name: 'add-friend' }) },
    t('friend.title'),
  );
  const bring = el('a', { class: 'link-button', href: hashOf({ name: 'import' }) }, t('chats.bring'));
  const empty = el('div', { class: 'empty' }, emptyTitle, emptyLead, add, bring);
  const messages = el('div');
  const keepOrder = stableOrder<ChatRow>(list, ui.clock, ui.redraw);
  const render = keyedList<RowItem>(list, {
    key: (item) => item.row.id,
    create: (item) => createChatRow(ui, item),
  });
  const archiveText = el('span', {});
  const archive = el(
    'button',
    {
      type: 'button',
      class: 'chats-archive',
      hidden: true,
      'aria-expanded': 'false',
      on: { click: toggleArchive },
    },
    archiveText,
  );
  const archiveList = el('ul', {
    class: 'chats-list chats-archived',
    hidden: true,
    'aria-label': t('chats.archived'),
  });
  const renderArchive = keyedList<RowItem>(archiveList, {
    key: (item) => item.row.id,
    create: (item) => createChatRow(ui, item),
  });
  const scroller = el(
    'div',
    { class: 'chats-scroll' },
    requests,
    archive,
    archiveList,
    loading,
    list,
    empty,
    messages,
  );
  listenForMenus(scroller, (target) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-chat]') : undefined;
    const id = row?.dataset.chat;
    return row && id
      ? () => withPart(ui, lazyMenus, (part) => part.openChatMenu(ui, id, 'row', row))
      : undefined;
  });
  const node = el(
    'nav',
    { class: 'chats', 'aria-label': t('nav.chats') },
    el(
      'header',
      { class: 'bar' },
      el('img', { src: logo, alt: '', width: 34, height: 34 }),
      el('h1', { class: 'bar-brand' }, 'Bisik'),
      headerLink('people', { name: 'new-group' }, 'newGroup.title'),
      headerLink('addFriend', { name: 'add-friend' }, 'friend.title'),
      settings,
    ),
    el('div', { class: 'chats-filter' }, icon('search'), search),
    scroller,
  );

  function onInput(): void {
    update(ui.state());
    withPart(ui, lazySearch, (part) => part.showMessages(ui, messages, search.value));
  }

  function toggleArchive(): void {
    archive.setAttribute('aria-expanded', String(archive.getAttribute('aria-expanded') !== 'true'));
    update(ui.state());
  }

  function update(state: State): void {
    const filter = search.value;
    const now = ui.now();
    const all = chatRows(state, now, filter);
    const openId = route.name === 'chat' ? route.conversationId : undefined;
    const itemOf = (row: ChatRow) => ({ row, now, open: row.id === openId });
    // A search finds the archived chats among the others.
    const archived = filter.trim() ? [] : all.filter((row) => row.archived);
    const rows = all.filter((row) => !archived.includes(row));
    render(keepOrder(rows).map(itemOf));
    archive.hidden = archived.length === 0;
    archiveList.hidden = archive.hidden || archive.getAttribute('aria-expanded') !== 'true';
    renderArchive(archiveList.hidden ? [] : archived.map(itemOf));
    setText(archiveText, `${t('chats.archived')} (${archived.length})`);
    updateAvatar(picture, state.me, ui.actions.picture(state.me));
    const incoming = state.requests.incoming.length;
    requests.hidden = incoming === 0;
    setText(requestsText, t('requests.waiting', { n: incoming }));
    const none = Object.keys(state.chats).length === 0;
    loading.hidden = state.ready;
    empty.hidden = !state.ready || all.length > 0;
    setText(emptyTitle, none ? t('chats.empty') : t('chats.noMatch', { text: filter.trim() }));
    emptyLead.hidden = !none;
    add.hidden = !none;
    bring.hidden = !none;
  }

  return {
    node,
    update,
    /** Sets the route that is open beside the list; the next update shows it. */
    show(next: Route): void {
      route = next;
    },
    /** Focuses the row of a conversation, after a return from it. */
    focus(conversationId?: string): void {
      const row =
        conversationId &&
        scroller.querySelector<HTMLElement>(`a[href="${hashOf({ name: 'chat', conversationId })}"]`);
      if (row) row.focus();
    },
  };
}

/** The screen beside the list while no chat is open. */
export function mountWelcome({ i18n: { t } }: Ui): Screen {
  const node = el(
    'section',
    { class: 'welcome', tabindex: -1 },
    el('img', { src: logo, alt: '', width: 88, height: 88 }),
    el('p', { class: 'empty-title' }, t('chats.pick')),
    el('p', {}, t('chats.pickLead')),
  );
  return { node, update: () => undefined, focus: () => node.focus() };
}
