import type { I18n } from '../i18n/i18n.ts';
import type { Route } from '../router.ts';
import { backLink } from './back.ts';
import { type Child, el } from './el.ts';

/** What a page beside the chats is called, and the page it belongs to when that is not the list of chats. */
export type PanelHead = { title: string; under?: Route };

/** A page beside the chats: a heading with the way back, and one column of content. */
export function panel(i18n: I18n, { title, under }: PanelHead, ...content: Child[]): HTMLElement {
  return el(
    'section',
    { class: 'panel' },
    el(
      'header',
      { class: 'bar' },
      backLink(i18n, under),
      el('h1', { class: 'bar-title', tabindex: -1 }, title),
    ),
    el('div', { class: 'panel-scroll' }, el('div', { class: 'panel-column' }, ...content)),
  );
}
