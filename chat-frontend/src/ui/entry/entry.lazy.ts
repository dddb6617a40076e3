import type { Screen, Ui } from '../ui.ts';
import { mountInvite } from './invite.ts';
import { mountProviderReturn } from './provider-login.ts';

/** The lazy module of the entry pages: registration, invitations, the password reset, and the second factor. */
export { offerProvider } from './provider-login.ts';
export { mountRegister } from './register.ts';
export { mountReset } from './reset.ts';
export { askSecondFactor, mountPasskeyLogin } from './second-step.ts';

/** The page of a code in the address: of an invitation, or of a login by the provider. */
export function mountCode(ui: Ui, { name, code }: { name: string; code: string }): Screen {
  return name === 'invite' ? mountInvite(ui, code) : mountProviderReturn(ui, code);
}
