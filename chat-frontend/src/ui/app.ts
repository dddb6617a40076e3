import { mountBanner } from '../pwa/banner.ts';
import { mountNotifications } from '../pwa/notifications.ts';
import { mountOfferBar } from '../pwa/offer-bar.ts';
import { mountUpdateBar } from '../pwa/update-bar.ts';
import { hashOf, type Route } from '../router.ts';
import type { State } from '../state.ts';
import { companion, linkShown, unreadChats } from '../views.ts';
import { mountAddFriend } from './add-friend.ts';
import { mountChats } from './chats.ts';
import { mountConversation } from './conversation.ts';
import { el } from './el.ts';
import { mountLogin, mountRegister } from './entry.ts';
import { mountPassword } from './password.ts';
import { mountSettings } from './settings.ts';
import type { Screen, Ui } from './ui.ts';
import { mountWelcome } from './welcome.ts';

/** The whole page: the entry forms, or the chats beside what is open. `show` changes the page, `update` its data. */
export function mountApp(root: HTMLElement, ui: Ui) {
  const { t } = ui.i18n;
  const banner = mountBanner(ui.i18n);
  const updateBar = mountUpdateBar(ui.i18n, ui.updates);
  const offerBar = mountOfferBar(ui);
  const body = el('div', { class: 'body' });
  const skip = el(
    'button',
    { type: 'button', class: 'skip', on: { click: () => screen?.focus() } },
    t('app.skip'),
  );
  root.replaceChildren(skip, banner.node, updateBar.node, offerBar.node, body);
  let route: Route | undefined;
  let screen: Screen | undefined;
  let chats: ReturnType<typeof mountChats> | undefined;

  function show(next: Route, expired = false): void {
    if (route && hashOf(route) === hashOf(next)) return;
    const before = route;
    route = next;
    screen?.close?.();
    screen = mountScreen(ui, next, expired);
    if (next.name === 'login' || next.name === 'register') {
      chats = undefined;
      body.className = 'body';
      body.replaceChildren(screen.node);
    } else {
      showBeside(screen.node, next);
    }
    update(ui.state());
    if (next.name === 'chats') chats?.focus(before?.name === 'chat' ? before.conversationId : undefined);
    else screen.focus();
  }

  function showBeside(node: HTMLElement, next: Route): void {
    body.className = next.name === 'chats' ? 'body shell shell-list' : 'body shell shell-main';
    if (chats) body.lastElementChild?.replaceChildren(node);
    else {
      chats = mountChats(ui);
      body.replaceChildren(chats.node, el('main', { class: 'main', id: 'main' }, node));
    }
    chats.show(next);
  }

  function update(state: State): void {
    banner.update(state.me ? linkShown(state) : 'ok');
    updateBar.update();
    offerBar.update(state);
    chats?.update(state);
    screen?.update(state);
    // Showing a conversation may have read it.
    document.title = titleOf(ui, ui.state(), route);
  }

  return { show, update, close: () => screen?.close?.() };
}

function mountScreen(ui: Ui, route: Route, expired: boolean): Screen {
  switch (route.name) {
    case 'login':
      return mountLogin(ui, { ...route, name: 'login' }, expired ? ui.i18n.t('session.ended') : '');
    case 'register':
      return mountRegister(ui, { ...route, name: 'register' });
    case 'chats':
      return mountWelcome(ui);
    case 'chat':
      return mountConversation(ui, route.conversationId);
    case 'add-friend':
      return mountAddFriend(ui);
    case 'password':
      return mountPassword(ui);
    case 'notifications':
      return mountNotifications(ui);
    case 'settings':
      return mountSettings(ui);
  }
}

function titleOf({ i18n: { t } }: Ui, state: State, route: Route | undefined): string {
  const unread = unreadChats(state);
  const count = unread > 0 ? `(${unread}) ` : '';
  const chat = route?.name === 'chat' ? state.chats[route.conversationId] : undefined;
  const page = chat ? companion(state, chat)?.username : route && pageTitle(route, t);
  return page ? `${count}${page} · Bisik` : `${count}Bisik`;
}

function pageTitle(route: Route, t: Ui['i18n']['t']): string {
  switch (route.name) {
    case 'login':
      return t('login.title');
    case 'register':
      return t('register.title');
    case 'add-friend':
      return t('friend.title');
    case 'password':
      return t('password.title');
    case 'notifications':
      return t('push.title');
    case 'settings':
      return t('settings.title');
    default:
      return '';
  }
}
