/** The part of the page for those who come by a code. */
export { mountInvite } from './invite.ts';
export { mountReset } from './reset.ts';
