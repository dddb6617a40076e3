import { isolated } from '../i18n/i18n.ts';
import { hashOf, isOutside, type Route } from '../router.ts';
import { unreadChats, unreadElsewhere } from '../state/chat-rows.ts';
import { companion, disconnectedSince, nameOf, shownConnection } from '../state/selectors.ts';
import type { State } from '../state/state.ts';
import { mountBanner, mountOfferBar, mountUpdateBar } from './bars.ts';
import { mountChats } from './chats/chats.ts';
import { mountUnreadAnnouncer } from './chats/unread-announcer.ts';
import { el } from './el.ts';
import { forgetForms } from './form/form.ts';
import { lazyLimitBar } from './lazy.ts';
import { mountScreen, pageTitle } from './screens.ts';
import { mountToast } from './toast.ts';
import type { Screen, Ui } from './ui.ts';

/** The whole page: the entry forms, or the chats beside what is open. `show` changes the page, `update` its data. */
export function mountApp(root: HTMLElement, given: Omit<Ui, 'notify' | 'failed'>) {
  const { t } = given.i18n;
  const notice = mountToast(given.i18n, () => screen?.focus());
  const ui: Ui = { ...given, notify: notice.show, failed: notice.fail };
  const banner = mountBanner(ui.i18n);
  const updateBar = mountUpdateBar(ui.i18n, ui.updates);
  const offerBar = mountOfferBar(ui);
  const limits = el('div', { class: 'update-bar', role: 'status' });
  let elsewhere: ReturnType<typeof mountUnreadAnnouncer> | undefined;
  const body = el('div', { class: 'body' });
  const skip = el(
    'button',
    { type: 'button', class: 'skip-link', on: { click: () => screen?.focus() } },
    t('app.skip'),
  );
  // Bars come below: what appears above moves everything that is being read.
  root.replaceChildren(skip, body, limits, offerBar.node, updateBar.node, banner.node, notice.node);
  let route: Route | undefined;
  let viewer: string | undefined;
  let screen: Screen | undefined;
  let chats: ReturnType<typeof mountChats> | undefined;

  function show(next: Route, expired = false): void {
    const me = ui.state().me?.id;
    if (route && viewer === me && hashOf(route) === hashOf(next)) return;
    if (viewer !== me) forgetForms();
    const before = route;
    route = next;
    viewer = me;
    screen?.close?.();
    screen = mountScreen(ui, next, expired);
    if (isOutside(next) || me === undefined) {
      chats = undefined;
      elsewhere?.close();
      elsewhere = undefined;
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
    if (chats) body.querySelector('main')?.replaceChildren(node);
    else {
      chats = mountChats(ui);
      elsewhere = mountUnreadAnnouncer(ui.i18n, ui.clock);
      body.replaceChildren(chats.node, el('main', { class: 'main', id: 'main' }, node), elsewhere.node);
    }
    chats.show(next);
  }

  function update(state: State): void {
    banner.update(state.me ? shownConnection(state) : 'ok', disconnectedSince(state), ui.now());
    updateBar.update();
    if (ui.limit() || limits.firstChild)
      lazyLimitBar.load().then(
        ({ updateLimitBar }) => updateLimitBar(limits, ui),
        () => undefined,
      );
    offerBar.update(state, route?.name === 'chats');
    chats?.update(state);
    screen?.update(state);
    // Showing a conversation may have read it.
    document.title = titleOf(ui, ui.state(), route);
    const here = route?.name === 'chat' ? route.conversationId : undefined;
    elsewhere?.update(unreadElsewhere(ui.state(), ui.now(), here), state.live);
  }

  return {
    ui,
    show,
    update,
    failed: notice.fail,
    close(): void {
      screen?.close?.();
      elsewhere?.close();
      notice.close();
    },
  };
}

function titleOf({ i18n: { t }, now }: Ui, state: State, route: Route | undefined): string {
  const unread = unreadChats(state, now());
  const count = unread > 0 ? `(${unread}) ` : '';
  const chat = route?.name === 'chat' ? state.chats[route.conversationId] : undefined;
  const page = chat ? isolated(nameOf(companion(state, chat))) : route && pageTitle(route, t);
  return page ? `${count}${page} · Bisik` : `${count}Bisik`;
}
