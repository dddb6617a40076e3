import type { I18n } from '../i18n/i18n.ts';
import { hashOf, type Route } from '../router.ts';
import { type Child, el } from './el.ts';
import { icon } from './icons.ts';

/** To the list of chats, or to the page this one belongs to; the style sheet hides the first where the list stands beside. */
export function backLink({ t }: I18n, to: Route = { name: 'chats' }): HTMLAnchorElement {
  const link = el('a', { 'data-back': true, 'aria-label': t('nav.back') }, icon('back'));
  setBackTarget(link, to);
  return link;
}

/** The same for a page that learns later which page it belongs to. */
export function setBackTarget(link: Element | null, to: Route): void {
  link?.setAttribute('href', hashOf(to));
  link?.setAttribute('class', `icon-button ${to.name === 'chats' ? 'bar-back' : ''}`);
}

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
