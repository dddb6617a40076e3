import { failureOf } from '../api.ts';
import { LANGUAGES, type Language } from '../i18n/i18n.ts';
import { hashOf } from '../router.ts';
import { avatar } from './avatar.ts';
import { confirm } from './confirm.ts';
import { mountDevices } from './devices.ts';
import { bdi, el, setText } from './el.ts';
import { icon } from './icons.ts';
import { panel } from './panel.ts';
import type { Screen, Ui } from './ui.ts';

/** The account, its devices, the language, and the way out. */
export function mountSettings(ui: Ui): Screen {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const name = ui.state().me?.username ?? '';
  const trouble = el('p', { class: 'form-trouble', role: 'alert' });

  async function logOut(): Promise<void> {
    const unsent = actions.unsent();
    const lost = unsent > 0 ? `${t('logout.unsent', { n: unsent })} ` : '';
    const lead = lost + t('logout.lead');
    if (await confirm(i18n, { title: t('logout.title'), lead, yes: t('settings.logout') })) {
      await actions.logout(false);
    }
  }

  async function logOutEverywhere(): Promise<void> {
    const words = { title: t('logout.everywhereTitle'), lead: t('logout.everywhereLead') };
    if (!(await confirm(i18n, { ...words, yes: t('settings.logoutEverywhere') }))) return;
    await actions.logout(true).catch((thrown: unknown) => {
      setText(trouble, i18n.failure(failureOf(thrown).code));
    });
  }

  const languages = Object.entries(LANGUAGES).map(([language, label]) => {
    const radio = el('input', {
      type: 'radio',
      name: 'language',
      value: language,
      checked: language === i18n.language,
      on: { change: () => actions.speak(language as Language) },
    });
    return el('label', { class: 'choice', lang: language }, radio, label);
  });

  const node = panel(
    i18n,
    t('settings.title'),
    el(
      'div',
      { class: 'me' },
      avatar(name, 'avatar-large'),
      el('div', {}, el('p', { class: 'me-label' }, t('settings.signedInAs')), bdi(name, 'me-name')),
    ),
    el(
      'fieldset',
      { class: 'card' },
      el('legend', {}, t('settings.language')),
      el('div', { class: 'choices' }, ...languages),
    ),
    el(
      'section',
      { class: 'card' },
      el('h2', {}, t('settings.devices')),
      mountDevices(ui),
      el(
        'button',
        { type: 'button', class: 'link-button', on: { click: () => void logOutEverywhere() } },
        t('settings.logoutEverywhere'),
      ),
      trouble,
    ),
    el(
      'div',
      { class: 'card card-actions' },
      el('a', { class: 'action', href: hashOf({ name: 'notifications' }) }, icon('bell'), t('push.title')),
      el('a', { class: 'action', href: hashOf({ name: 'password' }) }, icon('key'), t('settings.password')),
      el(
        'button',
        { type: 'button', class: 'action action-danger', on: { click: () => void logOut() } },
        icon('logout'),
        t('settings.logout'),
      ),
    ),
  );
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}
