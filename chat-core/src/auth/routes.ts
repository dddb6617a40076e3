import { z } from 'zod';
import type { Cipher } from '../cipher/cipher.ts';
import type { Config } from '../config.ts';
import { ApiError } from '../errors.ts';
import type { Limiter } from '../http/limiter.ts';
import { type Route, route } from '../http/route.ts';
import { isOpenInvite } from '../invites/invites.ts';
import type { PasskeyDeps } from '../passkeys/verify-passkey.ts';
import type { Tickets } from '../second-factor/tickets.ts';
import { FACTOR_ERRORS, verifySecondFactor } from '../second-factor/verify.ts';
import { foldName } from '../storage/store.ts';
import {
  ChangePassword,
  ChangePasswordAnswer,
  Device,
  Login,
  LoginAnswer,
  Logout,
  Registration as RegistrationInput,
  ResetPassword,
  TokenAnswer,
} from '../wire/account.ts';
import { Done, Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { Profile } from '../wire/people.ts';
import { changePassword, endedByChange, register } from './accounts.ts';
import { createDeviceProofs } from './device-proof.ts';
import { createResetAttempts, resetPassword } from './reset.ts';
import { endDevice, listDevices, logIn, logOut, refresh, type Sessions, signFor } from './sessions.ts';
import { type GuessLimits, limitRegistration } from './throttle.ts';

/** Accounts, sessions and devices. */
export function authRoutes(
  sessions: Sessions & PasskeyDeps & { cipher: Cipher; tickets: Tickets },
  limits: Limiter,
  guesses: GuessLimits,
  box: Pick<Config, 'registration'>,
): Route[] {
  const { store, tokens, cipher, tickets, relyingParty, challenges } = sessions;
  const factorDeps = { cipher, limits, relyingParty, challenges, wall: store.time.wall };
  const proofs = createDeviceProofs(tokens.deriveKey('known-device'));
  const resetAttempts = createResetAttempts();
  return [
    route({
      method: 'post',
      path: '/auth/register',
      summary: 'Make an account; repeatable with the same attemptId',
      who: 'anyone',
      rate: 'attempts',
      priority: 'lowest',
      body: RegistrationInput,
      answer: Profile,
      errors: [
        'INVALID_USERNAME',
        'INVALID_PASSWORD',
        'COMMON_PASSWORD',
        'USERNAME_TAKEN',
        'REGISTRATION_CLOSED',
        'INVITE_REQUIRED',
        'INVITE_INVALID',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { username: 'dewi', password: 'teh-poci-sore' },
      handle: async (call) => {
        const { body } = call;
        const isInvited = body.inviteCode !== undefined && (await isOpenInvite(sessions, body.inviteCode));
        return limitRegistration(limits, call.clientIp(), isInvited, () =>
          register(sessions, box.registration, body, {
            account: foldName(body.username),
            network: call.clientIp(),
          }),
        );
      },
    }),
    route({
      method: 'post',
      path: '/auth/login',
      worksWhenFull: true,
      summary: 'Log in on this device; repeatable with the same attemptId, for a day',
      who: 'anyone',
      priority: 'low',
      body: Login,
      answer: LoginAnswer,
      errors: [
        'WRONG_CREDENTIALS',
        'ACCOUNT_SUSPENDED',
        ...FACTOR_ERRORS,
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: { username: EXAMPLE.me.username, password: EXAMPLE.me.password, deviceName: 'Firefox, Linux' },
      handle: async (call) => {
        const { body } = call;
        const [name, network] = [foldName(body.username), call.clientIp()];
        const { deviceProof = '', secondFactor: input } = body;
        const proof = proofs.isValid(name, deviceProof) ? deviceProof : undefined;
        const { account, token, needsFactor } = await guesses.login({ name, network, proof }, () =>
          logIn(sessions, body, { account: name, network, isLogin: true }, (found, usedBefore) =>
            verifySecondFactor(factorDeps, found, { input, address: network, usedBefore }),
          ),
        );
        return {
          id: account.id,
          username: account.username,
          contacts: account.contacts,
          token,
          deviceProof: proof ?? proofs.issue(name),
          ...(needsFactor && { setUpTicket: tickets.issue(needsFactor).ticket }),
        };
      },
    }),
    route({
      method: 'post',
      path: '/auth/refresh',
      worksWhenFull: true,
      summary: 'Renew the token for another 30 days',
      who: 'user',
      rate: 'refreshes',
      body: z.strictObject({}),
      answer: TokenAnswer,
      errors: ['STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: {},
      handle: async ({ caller }) => ({ token: await refresh(sessions, caller) }),
    }),
    route({
      method: 'get',
      path: '/auth/devices',
      summary: 'List where this account is logged in',
      who: 'user',
      countsPerDevice: true,
      priority: 'low',
      answer: z.array(Device),
      errors: [],
      handle: ({ caller }) => listDevices(sessions, caller),
    }),
    route({
      method: 'delete',
      path: '/auth/devices/:deviceId',
      worksWhenFull: true,
      summary: 'Log out one device of this account, another than this one with a ticket; repeatable',
      who: 'user',
      acceptsRevokedToken: true,
      countsPerDevice: true,
      priority: 'high',
      params: z.strictObject({ deviceId: Id }),
      headers: {
        'Reauthentication-Ticket': 'of POST /auth/reauthenticate, for another device than this one',
      },
      answer: Done,
      errors: ['REAUTHENTICATION_REQUIRED', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { deviceId: EXAMPLE.deviceId },
      handle: async (call) => {
        const { caller, params } = call;
        const ticket = call.header('reauthentication-ticket') ?? '';
        await endDevice(sessions, caller, params.deviceId, () => tickets.check(caller, ticket));
        return { message: 'Logged out there.' };
      },
    }),
    route({
      method: 'post',
      path: '/auth/change-password',
      worksWhenFull: true,
      summary:
        'Change the password, with a ticket where there is a second factor; every other device is logged out; repeatable with the token it ends',
      who: 'user',
      acceptsRevokedToken: true,
      countsPerDevice: true,
      rate: 'passwords',
      priority: 'low',
      body: ChangePassword,
      answer: ChangePasswordAnswer,
      errors: [
        'INVALID_PASSWORD',
        'COMMON_PASSWORD',
        'WRONG_PASSWORD',
        'REAUTHENTICATION_REQUIRED',
        'NO_SUCH_ACCOUNT',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: {
        userId: EXAMPLE.me.id,
        currentPassword: EXAMPLE.me.password,
        newPassword: 'jahe-hangat-malam',
      },
      handle: async (call) => {
        const { caller, body } = call;
        // A repeat is proven by the new password: a wrong one counts as a wrong login.
        const repeated = call.isTokenRevoked ? await endedByChange(store, caller) : undefined;
        if (call.isTokenRevoked && !repeated) throw new ApiError('UNAUTHENTICATED');
        const network = call.clientIp();
        const passwords = { current: body.currentPassword, next: body.newPassword };
        const owner = { account: caller.userId, network };
        const requireTicket = () => tickets.check(caller, body.ticket ?? '');
        const change = () => changePassword(sessions, caller, passwords, owner, requireTicket);
        const account = await (repeated
          ? guesses.login({ name: foldName(repeated.username), network }, change)
          : guesses.inSession(caller.deviceId, change));
        return { message: 'Password changed.', token: signFor(tokens, account, caller.deviceId) };
      },
    }),
    route({
      method: 'post',
      path: '/auth/reset-password',
      worksWhenFull: true,
      summary: 'Set a new password with a code of the box’s operator; every device is logged out',
      who: 'anyone',
      priority: 'low',
      body: ResetPassword,
      answer: Done,
      errors: ['INVALID_PASSWORD', 'COMMON_PASSWORD', 'WRONG_RESET_CODE', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { username: 'citra', code: EXAMPLE.resetCode, newPassword: 'jahe-hangat-malam' },
      handle: async (call) => {
        const { body } = call;
        const [name, network] = [`reset ${foldName(body.username)}`, call.clientIp()];
        await guesses.code(name, network, () =>
          resetPassword(sessions, resetAttempts, body, { account: name, network }),
        );
        return { message: 'Password changed. Log in with it.' };
      },
    }),
    route({
      method: 'post',
      path: '/auth/logout',
      worksWhenFull: true,
      summary: 'Log out here, or everywhere, with a ticket when there are other devices; repeatable',
      who: 'user',
      acceptsRevokedToken: true,
      setsUpFactor: true,
      countsPerDevice: true,
      priority: 'high',
      body: Logout,
      answer: Done,
      errors: ['REAUTHENTICATION_REQUIRED', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { everywhere: true, ticket: EXAMPLE.ticket },
      handle: async ({ caller, body: { everywhere = false, ticket = '' } }) => {
        await logOut(sessions, caller, everywhere, () => tickets.check(caller, ticket));
        return { message: 'Logged out.' };
      },
    }),
  ];
}
