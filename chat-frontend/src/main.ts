import { createActions } from './actions.ts';
import { createApi } from './api/api.ts';
import { createMeter } from './api/data-usage.ts';
import { takeEarly } from './api/prefetch-sync.ts';
import { createBoxClock, stopwatch, wallClock } from './clock.ts';
import { createI18n } from './i18n/i18n.ts';
import type { Texts } from './i18n/language.ts';
import { fetchLazyTexts, fetchTexts, type Language, languageOf, rememberLanguage } from './i18n/language.ts';
import { attempt, openKeyValueStore } from './key-value-store.ts';
import { trackHistory } from './navigation.ts';
import { createAlerts } from './notifications/notifications.ts';
import { allowed, hashOf, parseRoute, type Route } from './router.ts';
import { watchUpdates } from './service-worker/updates.ts';
import { type Account, openAccount } from './session/account.ts';
import { deviceName } from './session/device-name.ts';
import { createSession, type Session } from './session/session.ts';
import { createStore } from './state/store.ts';
import { mountApp } from './ui/app.ts';
import { deferWhilePressed } from './ui/defer-while-pressed.ts';
import { type Lazy, lazyPageInput, lazyProbe, lazyTouch, preloadScreens } from './ui/lazy.ts';
import { type Actions, type Limit, onTouch } from './ui/ui.ts';

/** What was shown has been drawn by then. */
const DRAWN_MS = 200;
/** After so long a part that could not be had is asked for again. */
const RETRY_MS = 20_000;
/** So long the rest waits for a box that does not answer. */
const MAX_MS = 10_000;

const arrive = trackHistory(window);
const keyValueStore = openKeyValueStore();
const root = document.querySelector<HTMLElement>('#app') ?? document.body;
const boxClock = createBoxClock(keyValueStore, () => draw());
const meter = createMeter({
  keyValueStore,
  clock: boxClock,
  fetch: (url, init) => takeEarly(url, init) ?? fetch(url, init),
});
const session = createSession(keyValueStore, wallClock, onSession);
const api = createApi({
  base: __API_BASE__,
  fetch: meter.fetch,
  token: () => session.current()?.token,
  onSignedOut: session.end,
  onBoxTime: boxClock.hear,
});
const draw = deferWhilePressed(window, wallClock, () => app.update(store.get()));
const store = createStore((state) => {
  draw();
  alerts.update(state);
  settleOnceShown();
});
// Absent on plain http; a browser that keeps nothing may forbid the very access.
const container = attempt<ServiceWorkerContainer | undefined>(() => navigator.serviceWorker, undefined);
const updates = watchUpdates(container, { now: wallClock.now, onReady: draw });
const alerts = createAlerts({
  container,
  api,
  keyValueStore,
  clock: boxClock,
  shown() {
    const route = parseRoute(location.hash);
    return route.name === 'chat' ? route.conversationId : undefined;
  },
  open: (conversationId) => actions.go(conversationId ? { name: 'chat', conversationId } : { name: 'chats' }),
  leads: () => account?.leads() ?? false,
  onChange: draw,
});
let account: Account | undefined;
let expired = false;
let asking = false;
let settled = false;

const actions: Actions = {
  ...createActions({
    api,
    store,
    session,
    account: () => account,
    keyValueStore,
    deviceName: deviceName(navigator.userAgent),
  }),
  async setLanguage(language) {
    const texts = await fetchTexts(language).catch(() => undefined);
    const more = await fetchLazyTexts(language).catch(() => false);
    if (!texts || more === false) return app.failed('NETWORK');
    rememberLanguage(keyValueStore, language);
    app.close();
    app = speak(language, texts);
    show();
  },
  go(route) {
    location.hash = hashOf(route);
  },
};

const language = languageOf(keyValueStore);
let app = speak(language, await fetchTexts(language));

/** Builds the page in a language; its words are set once, so another language means another page. */
function speak(language: Language, texts: Texts): ReturnType<typeof mountApp> {
  document.documentElement.lang = language;
  alerts.speak(language);
  const i18n = createI18n(language, texts, navigator.languages);
  const { now } = boxClock;
  const given = {
    i18n,
    actions,
    clock: stopwatch,
    now,
    state: store.get,
    redraw: draw,
    updates,
    alerts,
    limit,
  };
  return mountApp(root, given);
}

/** Shows the page of the address, or the one its visitor may see; the address follows without a step in the history. */
function show(): void {
  const wanted = parseRoute(location.hash);
  const route: Route = allowed(wanted, session.current() !== null);
  arrive(hashOf(route));
  if (route.name === 'data') meter.keep();
  app.show(route, expired);
  if (!store.get().box) void readBox();
}

function onSession(next: Session | null, isTold = false): void {
  expired = isTold;
  account?.close();
  if (next) alerts.begin(next.id);
  else void alerts.end();
  account = next
    ? openAccount(next, {
        api,
        store,
        keyValueStore,
        clock: boxClock,
        session,
        onFailure: (code) => app.failed(code),
        redraw: draw,
      })
    : undefined;
  show();
}

/** What this browser does not keep, as far as that is known. */
function limit(): Limit | undefined {
  const lacksChats = account?.keepsChats() === false;
  if (keyValueStore.lasts()) return lacksChats ? 'chats' : undefined;
  return lacksChats ? 'everything' : 'login';
}

/** When the page stands there with what its person waits for. */
function settleOnceShown(): void {
  const { me, ready } = store.get();
  if (document.readyState === 'complete' && (ready || !me)) wallClock.after(DRAWN_MS, settle);
}

/** After what the page itself needs: on a slow line neither the worker's copy nor the parts are to delay anything. */
function settle(): void {
  if (settled) return;
  settled = true;
  void updates.begin();
  // The worker keeps the parts with everything else.
  if (!container) preloadScreens();
  lazyProbe.load().catch(() => undefined);
  use(lazyPageInput, ({ listenToPage, watchDayChange }) => {
    listenToPage(document, () => app.ui);
    watchDayChange(boxClock, () => app.ui.i18n, draw);
  });
  if (onTouch()) use(lazyTouch, ({ keepAboveKeyboard }) => keepAboveKeyboard(window));
}

/** What a part does for the whole page is not given up for a line that broke. */
function use<Module>(part: Lazy<Module>, run: (module: Module) => void): void {
  part.load().then(run, () => wallClock.after(RETRY_MS, () => use(part, run)));
}

/** What the box allows. Until it is known the page offers what most boxes do; the box has the last word anyway. */
async function readBox(): Promise<void> {
  if (asking) return;
  asking = true;
  await api.box().then(
    (box) => store.dispatch({ type: 'box', box }),
    () => undefined,
  );
  asking = false;
}

window.addEventListener('hashchange', show);
window.addEventListener('pagehide', meter.keep);
window.addEventListener('storage', ({ key }) => {
  boxClock.heard(key);
  if (session.isKey(key)) session.reread();
});
onSession(session.current());
settleOnceShown();
window.addEventListener('load', settleOnceShown);
wallClock.after(MAX_MS, settle);
document.addEventListener(
  'visibilitychange',
  () => document.visibilityState === 'visible' && updates.check(),
);
