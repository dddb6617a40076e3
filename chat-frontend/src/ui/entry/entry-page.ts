import '../../styles/entry.css';
import logo from '../../assets/logo.svg';
import { LANGUAGES, type Language } from '../../i18n/language.ts';
import type { Route } from '../../router.ts';
import { type Child, el } from '../el.ts';
import type { Ui } from '../ui.ts';

export type EntryRoute = Extract<Route, { name: 'login' | 'register' | 'reset' }>;

/** The `next` of a route, for the link to another entry page. */
export const nextOf = (route: EntryRoute) => (route.next ? { next: route.next } : {});
export const headingOf = ({ t }: Ui['i18n'], page: EntryRoute['name']) => ({
  title: t(`${page}.title`),
  lead: t(`${page}.lead`),
});

/** The page of a person who is not signed in: the brand, a card, and the choice of the language. */
export function entryPage(
  ui: Ui,
  { title, lead }: { title: string; lead?: string },
  ...content: Child[]
): HTMLElement {
  const { t } = ui.i18n;
  const brand = el(
    'div',
    { class: 'entry-brand' },
    el('img', { src: logo, alt: '', width: 72, height: 72 }),
    el('p', { class: 'entry-name' }, 'Bisik'),
    el('p', { class: 'entry-tagline' }, t('app.tagline')),
  );
  const card = el(
    'div',
    { class: 'entry-card' },
    el('h1', { tabindex: -1 }, title),
    lead ? el('p', { class: 'entry-lead' }, lead) : undefined,
    ...content,
  );
  return el('main', { class: 'entry', id: 'main' }, brand, card, languages(ui));
}

/** A question, and the link that answers it. */
export function entryAlternative(question: string, label: string, href: string): HTMLElement {
  return el('p', { class: 'entry-alternative' }, `${question} `, el('a', { href }, label));
}

function languages({ i18n, actions }: Ui): HTMLElement {
  const buttons = Object.entries(LANGUAGES).map(([language, name]) =>
    el(
      'button',
      {
        type: 'button',
        lang: language,
        'aria-pressed': String(language === i18n.language),
        on: { click: () => void actions.setLanguage(language as Language) },
      },
      name,
    ),
  );
  return el(
    'div',
    { class: 'languages', role: 'group', 'aria-label': i18n.t('settings.language') },
    ...buttons,
  );
}
