import { createActions, lazyAccountActions } from './actions.ts';
import { createApi } from './api/api.ts';
import { createUsageCounter } from './api/data-usage.ts';
import { takePrefetchedSync } from './api/prefetch-sync.ts';
import { createServerClock, stopwatch, wallClock } from './clock.ts';
import { createI18n } from './i18n/i18n.ts';
import type { Texts } from './i18n/language.ts';
import { fetchTexts, type Language, languageOf, rememberLanguage } from './i18n/language.ts';
import { attempt, openKeyValueStore } from './key-value-store.ts';
import { trackHistory } from './navigation.ts';
import type { Notifier } from './notifications/notifications.ts';
import { allowed, hashOf, parseRoute, type Route } from './router.ts';
import type { Updates } from './service-worker/updates.ts';
import { createSessionStore, type Session, tokenOf } from './session/session.ts';
import { type ActiveSession, startSession } from './session/start-session.ts';
import { setDeletedName } from './state/selectors.ts';
import { createStore } from './state/store.ts';
import { mountApp } from './ui/app.ts';
import { deferWhilePressed } from './ui/defer-while-pressed.ts';
import {
  lazyAnnouncers,
  lazyAttach,
  lazyHintBars,
  lazyLogin,
  lazyMenus,
  lazyNotifier,
  lazyPageInput,
  lazyProbe,
  lazySendError,
  lazyTouch,
  preloadScreens,
  withPart,
} from './ui/lazy.ts';
import { lazyRichText } from './ui/lazy-content.ts';
import type { Lazy } from './ui/lazy-module.ts';
import { takeFiles } from './ui/take-files.ts';
import { type Actions, type Limit, onTouch } from './ui/ui.ts';

/** By then the state has been drawn. */
const DRAWN_MS = 200;
/** A lazy part that could not be loaded is requested again after this. */
const RETRY_MS = 20_000;
/** The lazy parts wait at most this long for the first answer of the server. */
const MAX_WAIT_MS = 10_000;

const arrive = trackHistory(window);
const keyValueStore = openKeyValueStore();
const root = document.querySelector<HTMLElement>('#app') ?? document.body;
const serverClock = createServerClock(keyValueStore, () => draw());
const usageCounter = createUsageCounter({
  keyValueStore,
  clock: serverClock,
  fetch: (url, init) => takePrefetchedSync(url, init) ?? fetch(url, init),
});
const session = createSessionStore(keyValueStore, wallClock, onSession);
const apiDeps = {
  base: __API_BASE__,
  fetch: usageCounter.fetch,
  onSignedOut: session.end,
  onServerTime: serverClock.update,
};
const api = createApi({ ...apiDeps, token: () => session.current()?.token });
const draw = deferWhilePressed(window, wallClock, () => app.update(store.get()));
const store = createStore((state) => {
  draw();
  notifier?.update(state);
  settleOnceShown();
});
// Absent on plain http; a browser that stores nothing may refuse even the access.
const container = attempt<ServiceWorkerContainer | undefined>(() => navigator.serviceWorker, undefined);
let updates: Updates | undefined;
let notifier: Notifier | undefined;
let active: ActiveSession | undefined;
let isSessionExpired = false;
let isReadingServerInfo = false;
let isSettled = false;

const actions: Actions = {
  ...createActions({
    api,
    store,
    session,
    active: () => active,
    keyValueStore,
    deviceName,
  }),
  setLanguage: (language) =>
    import('./ui/change-language.lazy.ts')
      .then(({ changeLanguage }) =>
        changeLanguage(root, language, (texts) => {
          rememberLanguage(keyValueStore, language);
          app.close();
          app = mount(language, texts);
          show();
        }),
      )
      .catch(() => app.failed('NETWORK')),
  go(route) {
    location.hash = hashOf(route);
  },
};

const language = languageOf(keyValueStore);
let app = mount(language, await fetchTexts(language));
takeFiles(document, (files) => withPart(app.ui, lazyAttach, (part) => part.composeHere(app.ui, files)));

/** Builds the page in a language. Texts are set once, so a change of language builds it again. */
function mount(language: Language, texts: Texts): ReturnType<typeof mountApp> {
  document.documentElement.lang = language;
  notifier?.setLanguage(language);
  const i18n = createI18n(language, texts, navigator.languages);
  setDeletedName(i18n.t('people.deleted'));
  const { now } = serverClock;
  const given = {
    http: api.http,
    i18n,
    actions,
    clock: stopwatch,
    now,
    state: store.get,
    redraw: draw,
    updates: () => updates,
    notifier: () => notifier,
    limit,
  };
  return mountApp(root, given);
}

/** Shows the screen of the URL, or the one that is allowed instead; the URL follows without a history entry. */
function show(): void {
  const requested = parseRoute(location.hash);
  const route: Route = allowed(requested, session.current() !== null);
  arrive(hashOf(route));
  if (route.name === 'data') usageCounter.save();
  app.show(route, isSessionExpired);
  if (!store.get().serverInfo) void readServerInfo();
}

function onSession(next: Session | null, isExpired = false): void {
  isSessionExpired = isExpired;
  active?.close();
  notifier?.setAccount(next?.id);
  active = next
    ? startSession(next, {
        api: createApi({ ...apiDeps, token: tokenOf(next, session) }),
        store,
        keyValueStore,
        clock: serverClock,
        session,
        probe,
        onFailure: (code) => app.failed(code),
        redraw: draw,
      })
    : undefined;
  show();
}

/** What this browser does not store, as far as that is known. */
function limit(): Limit | undefined {
  const lacksChats = active?.storesChats() === false;
  if (keyValueStore.persists()) return lacksChats ? 'chats' : undefined;
  return lacksChats ? 'everything' : 'login';
}

/** Settles once the page shows the chats, or the login. */
function settleOnceShown(): void {
  const { me, ready } = store.get();
  if (document.readyState === 'complete' && (ready || !me)) wallClock.after(DRAWN_MS, settle);
}

/** Loads what can wait: on a slow connection neither the service worker's copies nor the lazy parts may delay the page. */
function settle(): void {
  if (isSettled) return;
  isSettled = true;
  use(lazyHintBars, ({ watchUpdates }) => {
    updates = watchUpdates(container, { now: wallClock.now, onReady: draw });
    void updates.begin();
    draw();
  });
  // The worker keeps the parts with everything else.
  if (!container) preloadScreens();
  lazyProbe.load().catch(() => undefined);
  use(lazyAnnouncers, draw);
  use(lazyPageInput, ({ listenToPage, watchDayChange }) => {
    listenToPage(document, () => app.ui);
    watchDayChange(serverClock, () => app.ui.i18n, draw);
  });
  use(lazyAccountActions, () => undefined);
  use(lazyMenus, () => undefined);
  use(lazyRichText, draw);
  use(lazyAttach, () => undefined);
  use(lazySendError, () => undefined);
  use(lazyNotifier, ({ createNotifier }) => {
    notifier = createNotifier({
      container,
      http: api.http,
      keyValueStore,
      clock: serverClock,
      shown() {
        const route = parseRoute(location.hash);
        return route.name === 'chat' ? route.conversationId : undefined;
      },
      open: (id) => actions.go(id ? { name: 'chat', conversationId: id } : { name: 'chats' }),
      isLeader: () => active?.isLeader() ?? false,
      onChange: draw,
    });
    notifier.setLanguage(document.documentElement.lang);
    notifier.setAccount(session.current()?.id);
    notifier.update(store.get());
    draw();
  });
  if (onTouch()) use(lazyTouch, ({ keepAboveKeyboard }) => keepAboveKeyboard(window));
}

/** Runs a lazy part of the whole page; a failed load is tried again. */
function use<Module>(part: Lazy<Module>, run: (module: Module) => void): void {
  part.load().then(run, () => wallClock.after(RETRY_MS, () => use(part, run)));
}

/** Needed once, at a login: a page that cannot load it has no better name. */
function deviceName(): Promise<string> {
  return import('./session/device-name.ts').then(
    (part) => part.deviceName(navigator.userAgent),
    () => 'Web',
  );
}

/** Until the probe is loaded, in the first idle time of the page, only "unreachable" is known. */
const probe = () =>
  lazyProbe.load().then(
    (part) => part.probeApi(__API_BASE__),
    () => 'unreachable' as const,
  );

/** The login is shown once it is loaded, not a placeholder before it. No top-level await: it imports this module. */
async function begin(): Promise<void> {
  if (!session.current()) await lazyLogin.load().catch(() => undefined);
  onSession(session.current());
  settleOnceShown();
}

/** Reads what the server allows. Until then the page offers the usual; the server decides anyway. */
async function readServerInfo(): Promise<void> {
  if (isReadingServerInfo) return;
  isReadingServerInfo = true;
  await api.serverInfo().then(
    (serverInfo) => store.dispatch({ type: 'server-info', serverInfo }),
    () => undefined,
  );
  isReadingServerInfo = false;
}

window.addEventListener('hashchange', show);
window.addEventListener('pagehide', usageCounter.save);
window.addEventListener('storage', ({ key }) => {
  serverClock.storageChanged(key);
  if (session.isKey(key)) session.reread();
});
void begin();
window.addEventListener('load', settleOnceShown);
wallClock.after(MAX_WAIT_MS, settle);
document.addEventListener(
  'visibilitychange',
  () => document.visibilityState === 'visible' && updates?.check(),
);
