import type { SecondFactor } from '../../../../chat-core/src/wire/wire.ts';
import { hashOf } from '../../router.ts';
import { mountForm } from '../form/form.ts';
import { newPassword } from '../form/new-password.ts';
import type { Screen, Ui } from '../ui.ts';
import { type EntryRoute, entryAlternative, entryPage, headingOf, nextOf } from './entry-page.ts';
import { askSecondFactor } from './second-step.ts';

/** The form for a new password, by a code that the administrator gives. */
export function mountReset(ui: Ui, route: EntryRoute): Screen {
  const { t } = ui.i18n;
  const form = mountForm(ui.i18n, {
    name: 'reset',
    fields: [
      { name: 'username', label: 'form.username', autocomplete: 'username' },
      { name: 'code', label: 'reset.code', hint: 'reset.codeHint', autocomplete: 'one-time-code' },
      { ...newPassword, label: 'password.new' },
    ],
    submit: 'reset.submit',
    errorFields: {
      WRONG_RESET_CODE: 'code',
      INVALID_PASSWORD: 'password',
      COMMON_PASSWORD: 'password',
    },
    async send({ username: typed = '', code = '', password = '' }) {
      const username = typed.trim();
      const login = (factor?: SecondFactor) => ui.actions.login(username, password, factor);
      await ui.http.post('/auth/reset-password', { username, code: code.trim(), newPassword: password });
      await login().catch((thrown: unknown) => askSecondFactor(ui, form.node, thrown, login));
    },
  });
  if (route.code) form.fill({ code: route.code });
  const node = entryPage(
    ui,
    headingOf(ui.i18n, 'reset'),
    form.node,
    entryAlternative(
      t('reset.remembered'),
      t('register.toLogin'),
      hashOf({ name: 'login', ...nextOf(route) }),
    ),
  );
  return { node, update: () => undefined, focus: form.focus };
}
