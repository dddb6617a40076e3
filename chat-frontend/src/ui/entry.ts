import logo from '../assets/logo.svg';
import { LANGUAGES, type Language } from '../i18n/i18n.ts';
import { hashOf, type Route } from '../router.ts';
import { el } from './el.ts';
import { checkNewPassword, type FieldSpec } from './field.ts';
import { type FormSpec, mountForm } from './form.ts';
import type { Screen, Ui } from './ui.ts';

type Words = 'login' | 'register';
type EntryRoute = Extract<Route, { name: Words }>;

/** Log in. */
export function mountLogin(ui: Ui, route: EntryRoute, notice = ''): Screen {
  const fields: FieldSpec[] = [
    { name: 'username', label: 'form.username', autocomplete: 'username' },
    { name: 'password', label: 'form.password', password: true, autocomplete: 'current-password' },
  ];
  const form: FormSpec = {
    fields,
    submit: 'login.submit',
    send: ({ username = '', password = '' }) => ui.actions.login(username.trim(), password),
  };
  return entry(ui, route, form, notice);
}

/** Register, and be logged in by the same step. */
export function mountRegister(ui: Ui, route: EntryRoute): Screen {
  const form: FormSpec = {
    fields: [
      {
        name: 'username',
        label: 'form.newUsername',
        hint: 'form.usernameHint',
        autocomplete: 'username',
        check: (value) =>
          /^[a-z0-9][a-z0-9._-]{2,31}$/.test(value.normalize('NFKC').trim().toLowerCase())
            ? undefined
            : 'error.INVALID_USERNAME',
      },
      {
        name: 'password',
        label: 'form.password',
        hint: 'form.passwordHint',
        password: true,
        autocomplete: 'new-password',
        check: checkNewPassword,
      },
    ],
    submit: 'register.submit',
    blames: {
      INVALID_USERNAME: 'username',
      USERNAME_TAKEN: 'username',
      INVALID_PASSWORD: 'password',
      COMMON_PASSWORD: 'password',
    },
    send: ({ username = '', password = '' }) => ui.actions.register(username.trim(), password),
  };
  return entry(ui, route, form, '');
}

function entry(ui: Ui, route: EntryRoute, spec: FormSpec, notice: string): Screen {
  const { t } = ui.i18n;
  const words = route.name;
  const form = mountForm(ui.i18n, spec);
  const next = route.next ? { next: route.next } : {};
  const other =
    words === 'login'
      ? { ask: t('login.noAccount'), label: t('login.toRegister'), to: 'register' as const }
      : { ask: t('register.haveAccount'), label: t('register.toLogin'), to: 'login' as const };
  const card = el(
    'div',
    { class: 'entry-card' },
    el('h1', {}, t(`${words}.title`)),
    el('p', { class: 'entry-lead' }, t(`${words}.lead`)),
    el('p', { class: 'entry-notice', role: 'status', hidden: notice === '' }, notice),
    form.node,
    el(
      'p',
      { class: 'entry-other' },
      `${other.ask} `,
      el('a', { href: hashOf({ name: other.to, ...next }) }, other.label),
    ),
  );
  const brand = el(
    'div',
    { class: 'entry-brand' },
    el('img', { src: logo, alt: '', width: 72, height: 72 }),
    el('p', { class: 'entry-name' }, 'Bisik'),
    el('p', { class: 'entry-tagline' }, t('app.tagline')),
  );
  const node = el('main', { class: 'entry', id: 'main' }, brand, card, languages(ui));
  return { node, update: () => undefined, focus: form.focus };
}

function languages({ i18n, actions }: Ui): HTMLElement {
  const buttons = Object.entries(LANGUAGES).map(([language, name]) =>
    el(
      'button',
      {
        type: 'button',
        lang: language,
        'aria-pressed': String(language === i18n.language),
        on: { click: () => actions.speak(language as Language) },
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
