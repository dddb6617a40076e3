import type { GuessLimits } from '../auth/throttle.ts';
import type { Limiter } from '../http/limiter.ts';
import { type Route, route } from '../http/route.ts';
import type { PasskeyDeps } from '../passkeys/verify-passkey.ts';
import { Done } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import {
  ConfirmTotp,
  Reauthenticate,
  ReauthenticateAnswer,
  RecoveryCodesAnswer,
  SecondFactorState,
  TotpSecret,
  WithTicket,
} from '../wire/second-factor.ts';
import { reauthenticate } from './reauthenticate.ts';
import {
  confirmTotp,
  offerTotp,
  removeTotp,
  replaceRecoveryCodes,
  type SetUpDeps,
  secondFactorOf,
} from './set-up.ts';
import { FACTOR_ERRORS } from './verify.ts';

/** How one logs in besides the password. */
export function secondFactorRoutes(
  deps: SetUpDeps & PasskeyDeps & { limits: Limiter; guesses: GuessLimits },
): Route[] {
  const { store, guesses } = deps;
  return [
    route({
      method: 'get',
      path: '/auth/second-factor',
      summary: 'Which second factors this account has',
      who: 'user',
      setsUpFactor: true,
      priority: 'low',
      answer: SecondFactorState,
      errors: ['NO_SUCH_ACCOUNT'],
      handle: ({ caller }) => secondFactorOf(store, caller),
    }),
    route({
      method: 'post',
      path: '/auth/reauthenticate',
      worksWhenFull: true,
      summary:
        'Confirm the password, and the second factor if there is one, or a passkey alone, before changing how one logs in or ending other devices',
      who: 'user',
      setsUpFactor: true,
      countsPerDevice: true,
      priority: 'low',
      body: Reauthenticate,
      answer: ReauthenticateAnswer,
      errors: ['WRONG_PASSWORD', ...FACTOR_ERRORS, 'NO_SUCH_ACCOUNT', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { password: EXAMPLE.me.password, attemptId: EXAMPLE.attemptId },
      handle: (call) => {
        const address = call.clientIp();
        return guesses.inSession(call.caller.deviceId, () =>
          reauthenticate(deps, call.caller, call.body, address),
        );
      },
    }),
    route({
      method: 'post',
      path: '/auth/second-factor/totp',
      summary: 'A secret for an authenticator app; nothing changes until a code of it confirms it',
      who: 'user',
      setsUpFactor: true,
      rate: 'passwords',
      priority: 'low',
      body: WithTicket,
      answer: TotpSecret,
      errors: ['REAUTHENTICATION_REQUIRED', 'NO_SUCH_ACCOUNT'],
      example: { ticket: EXAMPLE.ticket },
      handle: ({ caller, body }) => offerTotp(deps, caller, body.ticket),
    }),
    route({
      method: 'post',
      path: '/auth/second-factor/totp/confirm',
      summary: 'Turn on codes of an authenticator app, by a first code; repeatable with the same ticket',
      who: 'user',
      setsUpFactor: true,
      rate: 'passwords',
      priority: 'low',
      body: ConfirmTotp,
      answer: RecoveryCodesAnswer,
      errors: [
        'REAUTHENTICATION_REQUIRED',
        'WRONG_SECOND_FACTOR',
        'CIPHER_UNAVAILABLE',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { ticket: EXAMPLE.ticket, code: EXAMPLE.totpCode },
      handle: ({ caller, body }) => confirmTotp(deps, caller, body),
    }),
    route({
      method: 'post',
      path: '/auth/second-factor/recovery-codes',
      summary: 'Replace the recovery codes by ten new ones; repeatable with the same ticket',
      who: 'user',
      rate: 'passwords',
      priority: 'low',
      body: WithTicket,
      answer: RecoveryCodesAnswer,
      errors: ['REAUTHENTICATION_REQUIRED', 'NO_SECOND_FACTOR', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { ticket: EXAMPLE.ticket },
      handle: ({ caller, body }) => replaceRecoveryCodes(deps, caller, body.ticket),
    }),
    route({
      method: 'post',
      path: '/auth/second-factor/totp/remove',
      summary: 'Turn off codes of an authenticator app; repeatable',
      who: 'user',
      rate: 'passwords',
      priority: 'low',
      body: WithTicket,
      answer: Done,
      errors: ['REAUTHENTICATION_REQUIRED', 'LAST_SECOND_FACTOR', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { ticket: EXAMPLE.ticket },
      handle: async ({ caller, body }) => {
        await removeTotp(deps, caller, body.ticket);
        return { message: 'Codes of an authenticator app are off.' };
      },
    }),
  ];
}
