import type { I18n } from '../i18n/i18n.ts';
import { hashOf, type Route } from '../router.ts';
import { type Child, el } from './el.ts';
import { icon } from './icons.ts';

/** A link to the parent page, by default the list of chats; CSS hides that one where the list is beside the page. */
export function backLink({ t }: I18n, to: Route = { name: 'chats' }): HTMLAnchorElement {
  const link = el('a', { 'data-back': true, 'aria-label': t('nav.back') }, icon('back'));
  setBackTarget(link, to);
  return link;
}

/** Changes the parent page of a back link. */
export function setBackTarget(link: Element | null, to: Route): void {
  link?.setAttribute('href', hashOf(to));
  link?.setAttribute('class', `icon-button ${to.name === 'chats' ? 'bar-back' : ''}`);
}

/** The title of a panel, and its parent page if that is not the list of chats. */
export type PanelHead = { title: string; parent?: Route };

/** A page beside the list of chats: a heading with a back link, and one column of content. */
export function panel(i18n: I18n, { title, parent }: PanelHead, ...content: Child[]): HTMLElement {
  return el(
    'section',
    { class: 'panel' },
    el(
      'header',
      { class: 'bar' },
      backLink(i18n, parent),
      el('h1', { class: 'bar-title', tabindex: -1 }, title),
    ),
    el('div', { class: 'panel-scroll' }, el('div', { class: 'panel-column' }, ...content)),
  );
}
