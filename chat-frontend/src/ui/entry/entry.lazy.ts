/** The lazy module of the entry pages: registration, invitations and the password reset. */
export { mountInvite } from './invite.ts';
export { mountRegister } from './register.ts';
export { mountReset } from './reset.ts';
