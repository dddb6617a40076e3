/** The part of the page for those who come in: by a new account, an invitation, or a code for a new password. */
export { mountInvite } from './invite.ts';
export { mountRegister } from './register.ts';
export { mountReset } from './reset.ts';
