import { isolated } from '../i18n/i18n.ts';
import { hashOf, isPublic, type Route } from '../router.ts';
import { unreadChats } from '../state/chat-rows.ts';
import { chatTitle, disconnectedSince, shownConnection, words } from '../state/selectors.ts';
import type { State } from '../state/state.ts';
import type { mountPageAnnouncers } from './announcers/page-announcers.ts';
import { mountBanner } from './banner.ts';
import { mountChats } from './chats/chats.ts';
import { el } from './el.ts';
import { unsubmitted } from './form/unsubmitted.ts';
import type { HintBars } from './hint-bars.ts';
import { lazyAnnouncers, lazyGroupChat, lazyHintBars } from './lazy.ts';
import { mountScreen, pageTitle } from './screens.ts';
import { mountToast } from './toast.ts';
import type { Screen, Ui } from './ui.ts';

/** The whole page: an entry page, or the list of chats beside the open screen. `show` changes the screen, `update` its data. */
export function mountApp(root: HTMLElement, deps: Omit<Ui, 'notify' | 'failed'>) {
  const { t } = deps.i18n;
  words.notes = t('notes.title');
  const toast = mountToast(deps.i18n, () => screen?.focus());
  const ui: Ui = { ...deps, notify: toast.show, failed: toast.fail };
  const banner = mountBanner(ui);
  const hintBars: HintBars = {
    limit: el('div', { class: 'update-bar', role: 'status' }),
    offer: el('section', { class: 'update-bar', hidden: true }),
    update: el('div', { class: 'update-bar', role: 'status' }),
  };
  let announcers: ReturnType<typeof mountPageAnnouncers> | undefined;
  const body = el('div', { class: 'body' });
  const skipLink = el(
    'button',
    { type: 'button', class: 'skip-link', on: { click: () => screen?.focus() } },
    t('app.skip'),
  );
  // The bars stand below: one that appears above would move the text that is being read.
  root.replaceChildren(skipLink, body, ...Object.values(hintBars), banner.node, toast.node);
  let route: Route | undefined;
  let viewer: string | undefined;
  let screen: Screen | undefined;
  let chats: ReturnType<typeof mountChats> | undefined;

  function show(next: Route, expired = false): void {
    const me = ui.state().me?.id;
    if (route && viewer === me && hashOf(route) === hashOf(next)) return;
    if (viewer !== me) unsubmitted.clear();
    const previous = route;
    route = next;
    viewer = me;
    screen?.close?.();
    screen = mountScreen(ui, next, expired);
    if (isPublic(next) || me === undefined) {
      chats = undefined;
      announcers?.close();
      announcers = undefined;
      body.className = 'body';
      body.replaceChildren(screen.node);
    } else {
      showBeside(screen.node, next);
    }
    update(ui.state());
    if (next.name === 'chats') chats?.focus(previous?.name === 'chat' ? previous.conversationId : undefined);
    else screen.focus();
  }

  function showBeside(node: HTMLElement, next: Route): void {
    body.className = next.name === 'chats' ? 'body shell shell-list' : 'body shell shell-main';
    if (chats) body.querySelector('main')?.replaceChildren(node);
    else {
      chats = mountChats(ui);
      body.replaceChildren(chats.node, el('main', { class: 'main', id: 'main' }, node));
    }
    chats.show(next);
  }

  function update(state: State): void {
    banner.update(state.me ? shownConnection(state) : 'ok', disconnectedSince(state), ui.now());
    // Drawn by `update` alone, which waits for a release: a bar that appears during a press moves what is pressed.
    const hasGroup = Object.values(state.chats).some(
      ({ kind, last, expireAfterS }) => kind === 'group' || last?.event || expireAfterS,
    );
    if (hasGroup && !lazyGroupChat.loaded()) lazyGroupChat.load().then(ui.redraw, () => undefined);
    showHints(state);
    chats?.update(state);
    screen?.update(state);
    // Showing a conversation may have marked it as read, so the state is read again.
    document.title = titleOf(ui, ui.state(), route);
    const openId = route?.name === 'chat' ? route.conversationId : undefined;
    if (chats && !announcers) {
      announcers = lazyAnnouncers.loaded()?.mountPageAnnouncers(ui);
      if (announcers) body.append(...announcers.nodes);
    }
    announcers?.update(ui.state(), openId);
  }

  /** Runs in `update` alone, which waits for a release: a bar that appears during a press moves what is pressed. */
  function showHints(state: State): void {
    const isIdle = route?.name === 'chats';
    const part = lazyHintBars.loaded();
    if (part) part.updateHintBars(hintBars, ui, isIdle);
    else if (ui.limit() || (isIdle && ui.notifier()?.shouldOffer(state)))
      lazyHintBars.load().then(ui.redraw, () => undefined);
  }

  return {
    ui,
    show,
    update,
    failed: toast.fail,
    close(): void {
      screen?.close?.();
      announcers?.close();
      toast.close();
    },
  };
}

function titleOf({ i18n: { t }, now }: Ui, state: State, route: Route | undefined): string {
  const unread = unreadChats(state, now());
  const count = unread > 0 ? `(${unread}) ` : '';
  const chat = route?.name === 'chat' ? state.chats[route.conversationId] : undefined;
  const page = chat ? isolated(chatTitle(state, chat)) : route && pageTitle(route, t);
  return page ? `${count}${page} · Bisik` : `${count}Bisik`;
}
