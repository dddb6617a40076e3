import { fetchLazyTexts, type Language } from '../i18n/language.ts';
import { onTouch } from './ui.ts';

/** A piece of the page's code that is fetched when it is first needed, and then is here for good. */
export type Lazy<Module> = { loaded(): Module | undefined; load(): Promise<Module> };

export function createLazy<Module>(load: () => Promise<Module>): Lazy<Module> {
  let module: Module | undefined;
  return {
    loaded: () => module,
    async load() {
      module ??= await load();
      return module;
    },
  };
}

/** The same with the wording that belongs to all parts, in the language the page speaks. */
const withTexts = <Module>(load: () => Promise<Module>): Lazy<Module> =>
  createLazy(async () => {
    const language = document.documentElement.lang as Language;
    const [module] = await Promise.all([load(), fetchLazyTexts(language)]);
    return module;
  });

/** What nobody needs in order to read and write: settings and people. */
export const lazyPanels = withTexts(() => import('./panels.ts'));
/** What is needed once in order to come in: an account, an invitation, a new password. */
export const lazyEntry = withTexts(() => import('./entry/entry.lazy.ts'));

/** What this browser does not keep. */
export const lazyLimitBar = withTexts(() => import('./limit-bar.ts'));

/** What looks further when nothing answers. */
export const lazyProbe = createLazy(() => import('../connection/probe.ts'));

/** What is for fingers alone: swipes, and the keyboard they write with. */
export const lazyTouch = createLazy(() => import('./conversation/touch.lazy.ts'));
/** What makes links of the addresses in messages. */
export const lazyLinkify = createLazy(() => import('./conversation/linkify.ts'));
/** A swipe answers a message, on a touch screen. */
export function listenToSwipes(list: HTMLElement, answer: (row: Element) => (() => void) | undefined): void {
  if (onTouch()) withTouch(({ onSwipe }) => onSwipe(list, answer));
}
/** A long press runs what `actionAt` returns, also on a touch screen beside a mouse. */
export function listenToLongPresses(
  node: HTMLElement,
  actionAt: (target: EventTarget | null) => (() => void) | undefined,
): void {
  if (navigator.maxTouchPoints > 0) withTouch(({ onLongPress }) => onLongPress(node, actionAt));
}
const withTouch = (use: (part: typeof import('./conversation/touch.lazy.ts')) => void) =>
  void lazyTouch.load().then(use, () => undefined);
/** What keys, pastes and drops do in the whole page, and what midnight does. */
export const lazyPageInput = withTexts(() => import('./page-input/page-input.ts'));

/** Fetches the parts ahead, so that they open while the box is away. */
export function preloadScreens(): void {
  for (const part of [lazyPanels, lazyEntry]) part.load().catch(() => undefined);
}
