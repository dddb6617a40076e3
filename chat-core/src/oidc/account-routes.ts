import { type Route, route } from '../http/route.ts';
import { FACTOR_ERRORS } from '../second-factor/verify.ts';
import { Done } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { FirstPassword, OidcLink, OidcLinkState, OidcReauthenticate } from '../wire/oidc.ts';
import { ReauthenticateAnswer, WithTicket } from '../wire/second-factor.ts';
import type { OidcProof, OidcPurpose } from '../wire/wire.ts';
import {
  type AccountDeps,
  link,
  linkStateOf,
  reauthenticateByProof,
  setFirstPassword,
  unlink,
} from './accounts.ts';
import { PROOF_ERRORS, type Proof } from './handover.ts';

/**
 * The link of a logged-in account with the one of a provider, and what the provider's word is good for without a password.
 * `redeem` opens a code of the callback, and throws PROOF_ERRORS.
 */
export function accountRoutes(
  deps: AccountDeps,
  redeem: (proof: OidcProof, purpose: OidcPurpose) => Proof,
): Route[] {
  return [
    route({
      method: 'get',
      path: '/auth/oidc',
      summary: 'Whether this account logs in by the provider, and whether it has a password',
      who: 'user',
      priority: 'low',
      answer: OidcLinkState,
      errors: ['NO_SUCH_ACCOUNT'],
      handle: ({ caller }) => linkStateOf(deps, caller),
    }),
    route({
      method: 'post',
      path: '/auth/oidc/link',
      summary: 'Link this account with the one of the provider; repeatable',
      who: 'user',
      rate: 'passwords',
      priority: 'low',
      body: OidcLink,
      answer: Done,
      errors: [
        ...PROOF_ERRORS,
        'OIDC_LINKED',
        'REAUTHENTICATION_REQUIRED',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { code: EXAMPLE.oidc.code, verifier: EXAMPLE.oidc.verifier, ticket: EXAMPLE.ticket },
      handle: async ({ caller, body: { ticket, ...proof } }) => {
        deps.tickets.check(caller, ticket);
        await link(deps, caller, ticket, redeem(proof, 'link'));
        return { message: 'Linked.' };
      },
    }),
    route({
      method: 'post',
      path: '/auth/oidc/unlink',
      worksWhenFull: true,
      summary: 'End the link of this account with the one of the provider; repeatable',
      who: 'user',
      rate: 'passwords',
      priority: 'low',
      body: WithTicket,
      answer: Done,
      errors: ['REAUTHENTICATION_REQUIRED', 'NO_PASSWORD', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { ticket: EXAMPLE.ticket },
      handle: async ({ caller, body }) => {
        await unlink(deps, caller, body.ticket);
        return { message: 'The link has ended.' };
      },
    }),
    route({
      method: 'post',
      path: '/auth/oidc/reauthenticate',
      worksWhenFull: true,
      summary: 'Confirm who you are by the provider, in place of the password',
      who: 'user',
      rate: 'passwords',
      countsPerDevice: true,
      priority: 'low',
      body: OidcReauthenticate,
      answer: ReauthenticateAnswer,
      errors: [
        ...PROOF_ERRORS,
        'OIDC_NOT_LINKED',
        ...FACTOR_ERRORS,
        'NO_SUCH_ACCOUNT',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { code: EXAMPLE.oidc.code, verifier: EXAMPLE.oidc.verifier },
      handle: async (call) => {
        const { secondFactor: input, ...proof } = call.body;
        const more = { input, address: call.clientIp() };
        return reauthenticateByProof(deps, call.caller, redeem(proof, 'confirm'), more);
      },
    }),
    route({
      method: 'post',
      path: '/auth/oidc/password',
      worksWhenFull: true,
      summary: 'Set the first password of an account that has none; repeatable',
      who: 'user',
      rate: 'passwords',
      priority: 'low',
      body: FirstPassword,
      answer: Done,
      errors: [
        'REAUTHENTICATION_REQUIRED',
        'INVALID_PASSWORD',
        'COMMON_PASSWORD',
        'HAS_PASSWORD',
        'NO_SUCH_ACCOUNT',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { ticket: EXAMPLE.ticket, newPassword: EXAMPLE.me.password },
      handle: async (call) => {
        await setFirstPassword(deps, call.caller, call.body, call.clientIp());
        return { message: 'The password is set.' };
      },
    }),
  ];
}
