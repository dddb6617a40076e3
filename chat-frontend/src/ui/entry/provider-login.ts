import type {
  LoginAnswer,
  OidcProof,
  ReauthenticateAnswer,
  SecondFactor,
} from '../../../../chat-core/src/wire/wire.ts';
import { ApiError, type ApiErrorCode, toApiError } from '../../api/api-error.ts';
import { hashOf } from '../../router.ts';
import { el } from '../el.ts';
import { showError } from '../error-message.ts';
import { mountForm } from '../form/form.ts';
import { newPassword } from '../form/new-password.ts';
import { panel } from '../panel.ts';
import { markChanged } from '../security/end-others.ts';
import { beginAtProvider, canBegin, forgetPending, type Pending, readPending } from '../security/provider.ts';
import { setTicket } from '../security/reauthentication.ts';
import { codeIn } from '../share-links.ts';
import type { Screen, Ui } from '../ui.ts';
import { type EntryRoute, entryAlternative, entryPage } from './entry-page.ts';
import { askSecondFactor } from './second-step.ts';

/** Adds the button of a login by the provider to the form of a login, once. */
export function offerProvider(ui: Ui, form: HTMLElement, route: EntryRoute): void {
  if (!canBegin() || form.querySelector('.provider')) return;
  const { t } = ui.i18n;
  const errorText = el('p', { class: 'form-error', role: 'alert' });
  const { next, invite } = route;
  const begin = () =>
    beginAtProvider(ui, { purpose: 'login', ...(next && { next }), ...(invite && { invite }) }).catch(
      (thrown: unknown) => showError(errorText, ui.i18n, thrown),
    );
  const name = ui.state().serverInfo?.oidc?.name ?? '';
  const button = el(
    'button',
    { type: 'button', class: 'button provider', on: { click: () => void begin() } },
    t('provider.login', { name }),
  );
  form.append(button, errorText);
}

/** The page to which the provider has sent the browser back, with a code or an error. */
export function mountProviderReturn(ui: Ui, code: string): Screen {
  const { i18n, state, actions, http, notify } = ui;
  const { t } = i18n;
  const pending = readPending();
  const isMember = state().me !== null;
  // Neither the history nor what the person copies may hold the code.
  const address = pending?.screen === 'security' ? '#/settings' : '#/security';
  history.replaceState(history.state, '', isMember ? address : hashOfLogin(pending));
  const content = el(
    'div',
    { class: 'form' },
    el('p', { role: 'status', 'aria-busy': 'true' }, t('form.busy')),
  );
  const title = t('provider.title');
  const instead = entryAlternative(t('provider.instead'), t('login.submit'), hashOfLogin(pending));
  // The address is that of the login already.
  instead.addEventListener('click', () => location.reload());
  const node = isMember
    ? panel(i18n, { title, parent: { name: 'security' } }, content)
    : entryPage(ui, { title }, content, instead);

  async function finish(): Promise<void> {
    const [, failure] = /^error\.(\w+)$/.exec(code) ?? [];
    if (failure) throw new ApiError(failure as ApiErrorCode);
    if (!pending) throw new ApiError('OIDC_REFUSED');
    const proof = { code, verifier: pending.verifier };
    if (pending.purpose === 'login') return logIn(proof, pending);
    if (pending.purpose === 'confirm') return confirm(proof, pending);
    await http.post('/auth/oidc/link', { ...proof, ticket: pending.ticket ?? '' });
    forgetPending();
    markChanged(ui);
    notify(t('provider.linked'));
    actions.go({ name: 'settings' });
  }

  /** Runs with the second factor once more where the server asks for one. */
  async function withFactor(run: (secondFactor: object) => Promise<void>): Promise<void> {
    const place = el('div', {});
    const again = (factor: SecondFactor) => run({ secondFactor: factor });
    await run({}).catch((thrown: unknown) => {
      const { code, login } = toApiError(thrown);
      if (code !== 'SECOND_FACTOR_REQUIRED' && !login) throw thrown;
      content.replaceChildren(place);
      askSecondFactor(ui, place, thrown, again);
    });
  }

  const logIn = (proof: OidcProof, { invite = '' }: Pending): Promise<void> =>
    enterWithFactor(proof).catch((thrown: unknown) => {
      if (toApiError(thrown).code !== 'OIDC_NOT_LINKED') throw thrown;
      const form = newAccountForm(proof, invite);
      form.node.classList.add('entry-step');
      content.replaceChildren(el('p', {}, t('provider.new')), form.node);
      form.focus();
    });

  const enterWithFactor = (proof: OidcProof) =>
    withFactor((secondFactor) => enter({ ...proof, ...secondFactor }));

  async function enter(input: OidcProof): Promise<void> {
    const answer = await http.post<LoginAnswer>('/auth/oidc/login', { ...input, deviceName: '' });
    forgetPending();
    await actions.begin(answer);
  }

  function newAccountForm(proof: OidcProof, invite: string) {
    return mountForm(i18n, {
      name: 'provider',
      fields: [
        ...(invite || state().serverInfo?.registration === 'invite'
          ? [{ name: 'invite', label: 'register.invite', autocomplete: 'off', value: invite } as const]
          : []),
        { name: 'username', label: 'form.newUsername', hint: 'form.usernameHint', autocomplete: 'username' },
      ],
      submit: 'register.submit',
      errorFields: {
        INVITE_REQUIRED: 'invite',
        INVITE_INVALID: 'invite',
        INVALID_USERNAME: 'username',
        USERNAME_TAKEN: 'username',
      },
      async send({ username = '', invite = '' }) {
        const inviteCode = codeIn(invite);
        const input = { ...proof, username: username.trim(), ...(inviteCode && { inviteCode }) };
        await http.post('/auth/oidc/register', input);
        await enterWithFactor(proof);
      },
    });
  }

  const confirm = (proof: OidcProof, { screen }: Pending): Promise<void> =>
    withFactor(async (secondFactor) => {
      const input = { ...proof, ...secondFactor };
      const { ticket } = await http.post<ReauthenticateAnswer>('/auth/oidc/reauthenticate', input);
      forgetPending();
      if (screen) {
        setTicket(ticket);
        notify(t('provider.confirmed'));
        actions.go({ name: screen });
        return;
      }
      const form = mountForm(i18n, {
        name: 'first-password',
        fields: [{ ...newPassword, label: 'password.new' }],
        submit: 'provider.setPassword',
        errorFields: { INVALID_PASSWORD: 'password', COMMON_PASSWORD: 'password' },
        async send({ password = '' }) {
          await http.post('/auth/oidc/password', { ticket, newPassword: password });
          markChanged(ui);
          notify(t('provider.passwordSet'));
          actions.go({ name: 'settings' });
        },
      });
      content.replaceChildren(form.node);
      form.focus();
    });

  finish().catch((thrown: unknown) => {
    const errorText = el('p', { class: 'form-error', role: 'alert' });
    content.replaceChildren(errorText);
    showError(errorText, i18n, thrown);
  });
  return { node, update: () => undefined, focus: () => node.querySelector('h1')?.focus() };
}

const hashOfLogin = (pending: Pending | undefined) =>
  hashOf({ name: 'login', ...(pending?.next && { next: pending.next }) });
