import type { I18n } from '../i18n/i18n.ts';
import { backLink } from './back.ts';
import { type Child, el } from './el.ts';

/** A page beside the chats: a heading with the way back, and one column of content. */
export function panel(i18n: I18n, title: string, ...content: Child[]): HTMLElement {
  return el(
    'section',
    { class: 'panel' },
    el('header', { class: 'bar' }, backLink(i18n), el('h1', { class: 'bar-title', tabindex: -1 }, title)),
    el('div', { class: 'panel-scroll' }, el('div', { class: 'panel-column' }, ...content)),
  );
}
