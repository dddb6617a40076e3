import { createSecurityApi } from '../../api/security.ts';
import { LANGUAGES, type Language } from '../../i18n/language.ts';
import { hashOf } from '../../router.ts';
import { nameOf } from '../../state/selectors.ts';
import type { State } from '../../state/state.ts';
import { buttonAction, linkAction } from '../card-rows.ts';
import { confirm } from '../dialog.ts';
import { bdi, el, setText } from '../el.ts';
import { showError } from '../error-message.ts';
import { isOwner } from '../owner/is-owner.ts';
import { showShortcuts } from '../page-input/shortcut-help.ts';
import { panel } from '../panel.ts';
import { avatar, updateAvatar } from '../person.ts';
import { createReauthentication } from '../security/reauthentication.ts';
import type { Screen, Ui } from '../ui.ts';
import { mountDevices } from './devices.ts';

/** The settings: the account, privacy, people, the language, the devices, this browser, and logging out. */
export function mountSettings(ui: Ui): Screen {
  const { i18n, actions } = ui;
  const { t } = i18n;
  const picture = avatar('avatar-large');
  const name = bdi('', 'me-name');
  const username = bdi('', 'me-label');
  const requests = el('span', {});
  const blocked = el('span', {});
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const api = createSecurityApi(ui.http);
  const reauthentication = createReauthentication(ui, api, 'settings');

  async function logOut(): Promise<void> {
    const unsent = actions.unsent();
    const warning = unsent > 0 ? `${t('logout.unsent', { n: unsent })} ` : '';
    const lead = warning + t('logout.lead');
    if (await confirm(i18n, { title: t('logout.title'), lead, yes: t('settings.logout') })) {
      await actions.logout();
    }
  }

  async function logOutEverywhere(): Promise<void> {
    const question = { title: t('logout.everywhereTitle'), lead: t('logout.everywhereLead') };
    if (!(await confirm(i18n, { ...question, yes: t('settings.logoutEverywhere') }))) return;
    await withTicket(actions.logout).catch((thrown: unknown) => showError(errorText, i18n, thrown));
  }

  /** @returns whether the person proved who they are, and the call was made */
  async function withTicket(call: (ticket: string) => Promise<unknown>): Promise<boolean> {
    return (
      (await reauthentication(async (ticket) => {
        await call(ticket);
        return true;
      })) === true
    );
  }

  /** The current language stays checked when another one cannot be loaded. */
  async function setLanguage(language: Language): Promise<void> {
    await actions.setLanguage(language);
    for (const { radio, language } of languages) radio.checked = language === i18n.language;
  }

  const languages = Object.entries(LANGUAGES).map(([key, label]) => {
    const language = key as Language;
    const radio = el('input', {
      type: 'radio',
      name: 'language',
      value: language,
      checked: language === i18n.language,
      on: { change: () => void setLanguage(language) },
    });
    return { language, radio, node: el('label', { class: 'choice', lang: language }, radio, label) };
  });

  const owner = el(
    'div',
    { class: 'card card-actions' },
    linkAction('server', t('owner.title'), hashOf({ name: 'owner', page: '' })),
  );
  const node = panel(
    i18n,
    { title: t('settings.title') },
    el(
      'a',
      { class: 'me', href: hashOf({ name: 'profile' }) },
      picture,
      el('span', { class: 'me-text' }, name, username, el('span', { class: 'me-edit' }, t('profile.title'))),
    ),
    owner,
    el(
      'div',
      { class: 'card card-actions' },
      linkAction('eye', t('privacy.title'), hashOf({ name: 'privacy' })),
      linkAction('people', requests, hashOf({ name: 'requests' })),
      linkAction('link', t('invites.title'), hashOf({ name: 'invites' })),
      linkAction('gone', blocked, hashOf({ name: 'blocked' })),
    ),
    el(
      'fieldset',
      { class: 'card' },
      el('legend', {}, t('settings.language')),
      el('div', { class: 'choices' }, ...languages.map(({ node }) => node)),
    ),
    el(
      'section',
      { class: 'card' },
      el('h2', {}, t('settings.devices')),
      mountDevices(ui, (id) => withTicket((ticket) => api.endDevice(id, ticket))),
      el(
        'button',
        { type: 'button', class: 'link-button', on: { click: () => void logOutEverywhere() } },
        t('settings.logoutEverywhere'),
      ),
      errorText,
    ),
    el(
      'div',
      { class: 'card card-actions' },
      linkAction('star', t('starred.title'), hashOf({ name: 'starred' })),
      linkAction('bell', t('push.title'), hashOf({ name: 'notifications' })),
      linkAction('down', t('data.title'), hashOf({ name: 'data' })),
      linkAction('archive', t('import.link'), hashOf({ name: 'import' })),
      linkAction('theme', t('appearance.title'), hashOf({ name: 'appearance' })),
      linkAction('key', t('settings.password'), hashOf({ name: 'password' })),
      linkAction('lock', t('security.title'), hashOf({ name: 'security' })),
      buttonAction('keyboard', t('keys.title'), () => void showShortcuts(ui)),
      buttonAction('logout', t('settings.logout'), () => void logOut(), true),
    ),
  );

  function update(state: State): void {
    const { me } = state;
    updateAvatar(picture, me, actions.picture(me));
    owner.hidden = !isOwner(state) && !state.serverInfo?.ownerless;
    setText(name, nameOf(me));
    setText(username, `@${me?.username ?? ''}`);
    setText(requests, t('requests.link', { n: state.requests.incoming.length }));
    setText(blocked, t('blocked.link', { n: state.blocked.length }));
  }

  return { node, update, focus: () => node.querySelector('h1')?.focus() };
}
