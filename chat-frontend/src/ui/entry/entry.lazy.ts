/** The lazy module of the entry pages: registration, invitations, the password reset, and the second factor. */
export { mountInvite } from './invite.ts';
export { mountRegister } from './register.ts';
export { mountReset } from './reset.ts';
export { askSecondFactor } from './second-step.ts';
