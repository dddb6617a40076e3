import type { Screen, Ui } from '../ui.ts';
import type { EntryRoute } from './entry-page.ts';
import { mountInvite } from './invite.ts';
import { mountProviderReturn, offerProvider } from './provider-login.ts';
import { mountPasskeyLogin } from './second-step.ts';

/** The lazy module of the entry pages: registration, invitations, the password reset, and the second factor. */
export { mountRegister } from './register.ts';
export { mountReset } from './reset.ts';
export { askSecondFactor } from './second-step.ts';

/** The page of a code in the address: of an invitation, or of a login by the provider. */
export function mountCode(ui: Ui, { name, code }: { name: string; code: string }): Screen {
  return name === 'invite' ? mountInvite(ui, code) : mountProviderReturn(ui, code);
}

/** Adds the buttons of the logins without a password that this box has to the form of a login, once. */
export function offerOtherLogins(ui: Ui, form: HTMLElement, route: EntryRoute): void {
  const { oidc, passkeys } = ui.state().serverInfo ?? {};
  if (oidc) offerProvider(ui, form, route);
  if (passkeys) mountPasskeyLogin(ui, form);
}
