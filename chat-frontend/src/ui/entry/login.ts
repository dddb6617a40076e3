import { hashOf, type Route } from '../../router.ts';
import { el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import type { Screen, Ui } from '../ui.ts';
import { entryOther, entryPage } from './entry-page.ts';

export type EntryRoute = Extract<Route, { name: 'login' | 'register' | 'reset' }>;

/** The page to go on to afterwards. */
export const next = (route: EntryRoute) => (route.next ? { next: route.next } : {});
export const wordsOf = ({ t }: Ui['i18n'], page: EntryRoute['name']) => ({
  title: t(`${page}.title`),
  lead: t(`${page}.lead`),
});

/** Log in. */
export function mountLogin(ui: Ui, route: EntryRoute, said = ''): Screen {
  const { t } = ui.i18n;
  const form = mountForm(ui.i18n, {
    name: 'login',
    fields: [
      { name: 'username', label: 'form.username', autocomplete: 'username' },
      { name: 'password', label: 'form.password', password: true, autocomplete: 'current-password' },
    ],
    submit: 'login.submit',
    send: ({ username = '', password = '' }) => ui.actions.login(username.trim(), password),
  });
  const node = entryPage(
    ui,
    wordsOf(ui.i18n, 'login'),
    el('p', { class: 'entry-notice', role: 'status', hidden: said === '' }, said),
    form.node,
    el(
      'p',
      { class: 'entry-alternative' },
      el('a', { href: hashOf({ ...route, name: 'reset' }) }, t('login.forgot')),
    ),
    entryOther(t('login.noAccount'), t('login.toRegister'), hashOf({ ...route, name: 'register' })),
  );
  return { node, update: () => undefined, focus: form.focus };
}
