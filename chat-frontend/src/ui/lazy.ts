import { fetchLoginTexts, type Language } from '../i18n/language.ts';
import { withTexts } from './lazy-content.ts';
import { createLazy, type Lazy } from './lazy-module.ts';
import { onTouch, type Ui } from './ui.ts';

/** Runs a function of a lazy part; one that cannot be loaded is reported. */
export function withPart<Part>(
  { i18n: { t }, notify }: Pick<Ui, 'i18n' | 'notify'>,
  lazy: Lazy<Part>,
  use: (part: Part) => void,
): void {
  const part = lazy.loaded();
  if (part) use(part);
  else lazy.load().then(use, () => notify(t('lazy.failed')));
}

/** Settings and people. */
export const lazyPanels = withTexts(() => import('./panels.ts'), true);
/** The announcements of messages and uploads to screen readers. */
export const lazyAnnouncers = withTexts(() => import('./announcers/announcers.lazy.ts'), true);

/** The login form, for whoever is not signed in. */
export const lazyLogin = createLazy(async () => {
  const language = document.documentElement.lang as Language;
  const [module] = await Promise.all([import('./entry/login.lazy.ts'), fetchLoginTexts(language)]);
  return module;
});

/** Registration, invitations and the password reset. */
export const lazyEntry = withTexts(() => import('./entry/entry.lazy.ts'));

/** Creating, joining and managing groups. */
export const lazyGroups = withTexts(() => import('./groups/groups.lazy.ts'), true);

/** The bars that say what this browser cannot store, offer notifications and a new version. */
export const lazyHintBars = withTexts(() => import('./hint-bars.ts'));

/** What only the conversations of groups need. */
export const lazyGroupChat = withTexts(() => import('./group-chat/group-chat.lazy.ts'));

/** Choosing and sending files. */
export const lazyAttach = withTexts(() => import('./attach/attach.lazy.ts'), true);

/** Records voice messages. */
export const lazyRecorder = withTexts(() => import('./voice/recorder.lazy.ts'), true);

/** Searching messages. */
export const lazySearch = withTexts(() => import('./search/search.lazy.ts'));

/** Why a message was not sent, and what to do about it. */
export const lazySendError = withTexts(() => import('./conversation/send-error.ts'));

/** The menus of messages and conversations, what they ask, and the keys of the list of messages. */
export const lazyMenus = withTexts(() => import('./menus/menus.lazy.ts'), true);

/** The reactions below a bubble, and who reacted. */
export const lazyReactions = withTexts(() => import('./reactions/reactions.lazy.ts'));

/** Texts that the box sends at a time. */
export const lazySchedule = withTexts(() => import('./schedule/schedule.lazy.ts'));

/** Choosing messages, forwarding them, and the pinned message of a conversation. */
export const lazyForward = withTexts(() => import('./forward/forward.lazy.ts'), true);

/** Notifies of messages that are not in view. */
export const lazyNotifier = createLazy(() => import('../notifications/notifications.ts'));

/** Finds out which hop fails when the server does not answer. */
export const lazyProbe = createLazy(() => import('../connection/probe.ts'));

/** Touch input: swipes, long presses, and the on-screen keyboard. */
export const lazyTouch = createLazy(() => import('./conversation/touch.lazy.ts'));

/** On a touch screen, replies to a message on a swipe; see `onSwipe`. */
export function listenToSwipes(list: HTMLElement, replyTo: (row: Element) => (() => void) | undefined): void {
  if (onTouch()) withTouch(({ onSwipe }) => onSwipe(list, replyTo));
}

/** Runs what `actionAt` returns on a long press, also on a touch screen beside a mouse; see `onLongPress`. */
export function listenToLongPresses(
  node: HTMLElement,
  actionAt: (target: EventTarget | null) => (() => void) | undefined,
): void {
  if (navigator.maxTouchPoints > 0) withTouch(({ onLongPress }) => onLongPress(node, actionAt));
}

const withTouch = (use: (module: typeof import('./conversation/touch.lazy.ts')) => void) =>
  void lazyTouch.load().then(use, () => undefined);

/** Keyboard shortcuts, back links, and the change of the day. */
export const lazyPageInput = withTexts(() => import('./page-input/page-input.ts'));

/** Preloads the lazy screens, so that they open while the server is unreachable. */
export function preloadScreens(): void {
  for (const module of [lazyLogin, lazyPanels, lazyEntry, lazyGroups, lazyRecorder])
    module.load().catch(() => undefined);
}
