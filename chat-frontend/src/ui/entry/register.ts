import { hashOf } from '../../router.ts';
import type { State } from '../../state/state.ts';
import { el, setText } from '../el.ts';
import { mountForm } from '../form/form.ts';
import { newPassword } from '../form/new-password.ts';
import { codeIn } from '../share-links.ts';
import type { Screen, Ui } from '../ui.ts';
import { type EntryRoute, entryAlternative, entryPage, headingOf, nextOf } from './entry-page.ts';
import { askSecondFactor } from './second-step.ts';

/** The registration form. It also logs in and, with an invitation, makes the inviter a friend. */
export function mountRegister(ui: Ui, route: EntryRoute): Screen {
  const { t } = ui.i18n;
  const notice = el('p', { class: 'entry-notice', role: 'status' });
  const form = mountForm(ui.i18n, {
    name: 'register',
    fields: [
      { name: 'invite', label: 'register.invite', autocomplete: 'off', value: route.invite ?? '' },
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
      newPassword,
    ],
    submit: 'register.submit',
    errorFields: {
      INVITE_REQUIRED: 'invite',
      INVITE_INVALID: 'invite',
      INVALID_USERNAME: 'username',
      USERNAME_TAKEN: 'username',
      INVALID_PASSWORD: 'password',
      COMMON_PASSWORD: 'password',
    },
    send: ({ invite = '', username = '', password = '' }) =>
      ui.actions
        .register(username.trim(), password, codeIn(invite))
        .catch((thrown: unknown) =>
          askSecondFactor(ui, form.node, thrown, (factor) =>
            ui.actions.login(username.trim(), password, factor),
          ),
        ),
  });
  const node = entryPage(
    ui,
    headingOf(ui.i18n, 'register'),
    notice,
    form.node,
    entryAlternative(
      t('register.haveAccount'),
      t('register.toLogin'),
      hashOf({ name: 'login', ...nextOf(route) }),
    ),
  );

  function update({ serverInfo }: State): void {
    const mode = serverInfo?.registration ?? 'open';
    form.setShown('invite', mode === 'invite' || route.invite !== undefined);
    form.node.hidden = mode === 'closed';
    const hint = mode === 'invite' && !route.invite ? t('register.byInvite') : '';
    setText(notice, mode === 'closed' ? t('error.REGISTRATION_CLOSED') : hint);
    notice.hidden = notice.textContent === '';
  }

  return { node, update, focus: form.focus };
}
