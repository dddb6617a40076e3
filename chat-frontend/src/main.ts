import type { Id } from '../../chat-core/src/wire.ts';
import './styles/index.css';
import { type Account, openAccount } from './account.ts';
import { createApi } from './api.ts';
import { wallClock } from './clock.ts';
import { deviceName } from './device-name.ts';
import { chooseLanguage, createI18n, type Language } from './i18n/i18n.ts';
import { createAlerts } from './pwa/alerts.ts';
import { watchUpdates } from './pwa/updates.ts';
import { allowed, hashOf, parseRoute, type Route } from './router.ts';
import { createSession, type Session } from './session.ts';
import { openShelf } from './storage.ts';
import { createStore } from './store.ts';
import { mountApp } from './ui/app.ts';
import type { Actions, Ui } from './ui/ui.ts';
import { companion } from './views.ts';

const LANGUAGE_KEY = 'bisik.language';
const shelf = openShelf();
const root = document.querySelector<HTMLElement>('#app') ?? document.body;
const session = createSession(shelf, wallClock, onSession);
const api = createApi({
  base: __API_BASE__,
  token: () => session.current()?.token,
  onSignedOut(token) {
    expired = true;
    session.end(token);
  },
});
const store = createStore((state) => {
  app.update(state);
  alerts.update(state);
});
// Absent on plain http.
const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
const onChange = () => app.update(store.get());
const updates = watchUpdates(container, { now: wallClock.now, onReady: onChange });
const alerts = createAlerts({
  container,
  api,
  shelf,
  clock: wallClock,
  shown() {
    const route = parseRoute(location.hash);
    return route.name === 'chat' ? route.conversationId : undefined;
  },
  open: (conversationId) => actions.go(conversationId ? { name: 'chat', conversationId } : { name: 'chats' }),
  leads: () => account?.leads() ?? false,
  onChange,
});
let account: Account | undefined;
let expired = false;

const actions: Actions = {
  async login(username, password) {
    const answer = await api.login({ username, password, deviceName: deviceName(navigator.userAgent) });
    session.begin(answer, answer.token);
  },
  async register(username, password) {
    await api.register({ username, password });
    await actions.login(username, password);
  },
  async addFriend(friendUsername) {
    const added = await api.addFriend({ myId: session.current()?.id ?? '', friendUsername });
    if (!('contact' in added)) return undefined;
    const { contact } = added;
    // The poll that was held may have brought it already, and another would be held in vain.
    const known = conversationWith(contact.id);
    if (!known) await account?.poll();
    return known ?? conversationWith(contact.id);
  },
  async changePassword(currentPassword, newPassword) {
    const userId = session.current()?.id ?? '';
    const { token } = await api.changePassword({ userId, currentPassword, newPassword });
    session.renew(token);
  },
  devices: api.devices,
  async logout(everywhere) {
    // Logging out here must work without a network; logging out elsewhere cannot.
    if (everywhere) await api.logout({ everywhere });
    else await api.logout({}).catch(() => undefined);
    account?.wipe();
    session.end();
  },
  unsent: () => account?.unsent() ?? 0,
  open: (id) => account?.open(id),
  loadOlder: (id) => account?.loadOlder(id),
  send: (id, text) => account?.send(id, text) ?? false,
  retry: (id) => account?.retry(id),
  remove: (id) => account?.remove(id),
  keepDraft: (id, text) => account?.keepDraft(id, text),
  markSeen: (id, seq) => account?.markSeen(id, seq),
  speak(language) {
    shelf.setItem(LANGUAGE_KEY, language);
    app.close();
    app = speak(language);
    show();
  },
  go(route) {
    location.hash = hashOf(route);
  },
};

function conversationWith(friendId: Id): Id | undefined {
  const state = store.get();
  return Object.values(state.chats).find((chat) => companion(state, chat)?.id === friendId)?.id;
}

let app = speak(chooseLanguage(shelf.getItem(LANGUAGE_KEY), navigator.languages));

/** Builds the page in a language; its words are set once, so another language means another page. */
function speak(language: Language): ReturnType<typeof mountApp> {
  document.documentElement.lang = language;
  alerts.speak(language);
  const i18n = createI18n(language, navigator.languages);
  const ui: Ui = { i18n, actions, now: wallClock.now, state: store.get, updates, alerts };
  return mountApp(root, ui);
}

/** Shows the page of the address, or the one its visitor may see; the address follows without a step in the history. */
function show(): void {
  const wanted = parseRoute(location.hash);
  const route: Route = allowed(wanted, session.current() !== null);
  if (hashOf(route) !== location.hash) history.replaceState(null, '', hashOf(route));
  app.show(route, expired);
  if (session.current()) expired = false;
}

function onSession(next: Session | null): void {
  account?.close();
  if (next) alerts.begin(next.id);
  else void alerts.end();
  account = next ? openAccount(next, { api, store, shelf, clock: wallClock, session }) : undefined;
  show();
}

window.addEventListener('hashchange', show);
window.addEventListener('storage', ({ key }) => session.isKey(key) && session.reread());
onSession(session.current());
// After what the page itself needs: on a slow line the worker's copy is to delay nothing.
window.addEventListener('load', () => void updates.begin());
document.addEventListener(
  'visibilitychange',
  () => document.visibilityState === 'visible' && updates.check(),
);
