import { fetchLaterTexts, type Language } from '../i18n/language.ts';
import { onTouch } from './ui.ts';

/** A piece of the page's code that is fetched when it is first needed, and then is here for good. */
export type Part<Module> = { here(): Module | undefined; fetch(): Promise<Module> };

export function createPart<Module>(load: () => Promise<Module>): Part<Module> {
  let here: Module | undefined;
  return {
    here: () => here,
    async fetch() {
      here ??= await load();
      return here;
    },
  };
}

/** The same with the wording that belongs to all parts, in the language the page speaks. */
const withTexts = <Module>(load: () => Promise<Module>): Part<Module> =>
  createPart(async () => {
    const language = document.documentElement.lang as Language;
    const [module] = await Promise.all([load(), fetchLaterTexts(language)]);
    return module;
  });

/** What nobody needs in order to read and write: settings and people. */
export const panels = withTexts(() => import('./panels.ts'));
/** What is needed once in order to come in: an account, an invitation, a new password. */
export const doors = withTexts(() => import('./entry/entry.lazy.ts'));

/** What this browser does not keep. */
export const limitBar = withTexts(() => import('./limit-bar.ts'));

/** What looks further when nothing answers. */
export const probing = createPart(() => import('../connection/probe.ts'));

/** What is for fingers alone: swipes, and the keyboard they write with. */
export const fingers = createPart(() => import('./conversation/touch.lazy.ts'));
/** What makes links of the addresses in messages. */
export const addresses = createPart(() => import('./conversation/linkify.ts'));
/** A swipe answers a message, where there are fingers. */
export function listenToSwipes(list: HTMLElement, answer: (row: Element) => (() => void) | undefined): void {
  if (onTouch()) withFingers(({ onSwipe }) => onSwipe(list, answer));
}
/** A long press opens what there is to `find`, also upon a screen beside a mouse. */
export function listenToHolds(
  node: HTMLElement,
  find: (target: EventTarget | null) => (() => void) | undefined,
): void {
  if (navigator.maxTouchPoints > 0) withFingers(({ onHold }) => onHold(node, find));
}
const withFingers = (use: (part: typeof import('./conversation/touch.lazy.ts')) => void) =>
  void fingers.fetch().then(use, () => undefined);
/** What keys, pastes and drops do in the whole page, and what midnight does. */
export const pageInput = withTexts(() => import('./page-input.ts'));

/** Fetches the parts ahead, so that they open while the box is away. */
export function fetchParts(): void {
  for (const part of [panels, doors]) part.fetch().catch(() => undefined);
}
