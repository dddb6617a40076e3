import type { SecondFactor } from '../../../../chat-core/src/wire/wire.ts';
import type { ApiError } from '../../api/api-error.ts';
import { isShared, setShared } from '../../key-value-store.ts';
import { hashOf } from '../../router.ts';
import type { State } from '../../state/state.ts';
import { el } from '../el.ts';
import { mountForm } from '../form/form.ts';
import type { Screen, Ui } from '../ui.ts';
import { type EntryRoute, entryAlternative, entryPage, headingOf } from './entry-page.ts';

/** The login form, with a notice above it if there is one. `entry` loads the other entry pages and the second factor. */
export function mountLogin(
  ui: Ui,
  route: EntryRoute,
  notice: string,
  entry: () => Promise<typeof import('./entry.lazy.ts')>,
): Screen {
  const { t } = ui.i18n;
  const form = mountForm(ui.i18n, {
    name: 'login',
    fields: [
      { name: 'username', label: 'form.username', autocomplete: 'username' },
      { name: 'password', label: 'form.password', password: true, autocomplete: 'current-password' },
    ],
    submit: 'login.submit',
    send: ({ username = '', password = '' }) => {
      const login = (factor?: SecondFactor) => ui.actions.login(username.trim(), password, factor);
      return login().catch(async (thrown: unknown) => {
        if (!(thrown as ApiError).code?.startsWith('SECOND')) throw thrown;
        (await entry()).askSecondFactor(ui, form.node, thrown, login);
      });
    },
  });
  const shared = el('input', {
    type: 'checkbox',
    checked: isShared(),
    on: { change: () => setShared(shared.checked) },
  });
  form.node.lastElementChild?.before(el('label', { class: 'entry-shared' }, shared, t('login.shared')));
  const node = entryPage(
    ui,
    headingOf(ui.i18n, 'login'),
    el('p', { class: 'entry-notice', role: 'status', hidden: notice === '' }, notice),
    form.node,
    el(
      'p',
      { class: 'entry-alternative' },
      el('a', { href: hashOf({ ...route, name: 'reset' }) }, t('login.forgot')),
    ),
    entryAlternative(t('login.noAccount'), t('login.toRegister'), hashOf({ ...route, name: 'register' })),
  );

  function update({ serverInfo }: State): void {
    if (serverInfo?.oidc || serverInfo?.passkeys)
      entry().then(
        (part) => part.offerOtherLogins(ui, form.node, route),
        () => {},
      );
  }

  return { node, update, focus: form.focus };
}
