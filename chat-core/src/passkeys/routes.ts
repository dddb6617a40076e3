import { createDeviceProofs } from '../auth/device-proof.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { Limiter } from '../http/limiter.ts';
import { type Route, route } from '../http/route.ts';
import { foldName } from '../storage/store.ts';
import { LoginAnswer } from '../wire/account.ts';
import { Done } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { PasskeyCreation, PasskeyLogin, PasskeyRequest } from '../wire/passkeys.ts';
import {
  AddPasskey,
  RecoveryCodesAnswer,
  RemovePasskey,
  RenamePasskey,
  WithTicket,
} from '../wire/second-factor.ts';
import { CHALLENGE_LIFETIME_MS } from './challenges.ts';
import {
  addPasskey,
  type ManageDeps,
  offerPasskey,
  removePasskey,
  renamePasskey,
} from './manage-passkeys.ts';
import { logInByPasskey } from './passkey-login.ts';
import { requireRelyingParty } from './verify-passkey.ts';

const PATH = '/auth/second-factor/passkeys';
const bytes = 'AAAA';

/** Passkeys: logins by them, and those of an account. */
export function passkeyRoutes(deps: Sessions & ManageDeps & { limits: Limiter }): Route[] {
  const proofs = createDeviceProofs(deps.tokens.deriveKey('known-device'));
  return [
    route({
      method: 'get',
      path: '/auth/passkey-challenge',
      summary: 'A challenge for a passkey to sign, good for 5 minutes: the same for every account',
      who: 'anyone',
      priority: 'low',
      answer: PasskeyRequest,
      errors: ['NO_PASSKEYS'],
      handle: async () => ({
        challenge: deps.challenges.issue(),
        rpId: requireRelyingParty(deps).id,
        userVerification: 'required' as const,
        timeout: CHALLENGE_LIFETIME_MS,
      }),
    }),
    route({
      method: 'post',
      path: `${PATH}/offer`,
      summary: 'What a browser needs to make a passkey; nothing changes until it is added',
      who: 'user',
      setsUpFactor: true,
      rate: 'passwords',
      priority: 'low',
      body: WithTicket,
      answer: PasskeyCreation,
      errors: ['NO_PASSKEYS', 'REAUTHENTICATION_REQUIRED', 'NO_SUCH_ACCOUNT'],
      example: { ticket: EXAMPLE.ticket },
      handle: ({ caller, body }) => offerPasskey(deps, caller, body.ticket),
    }),
    route({
      method: 'post',
      path: PATH,
      summary: 'Add a passkey, at most 10; repeatable with the same ticket',
      who: 'user',
      setsUpFactor: true,
      rate: 'passwords',
      priority: 'low',
      body: AddPasskey,
      answer: RecoveryCodesAnswer,
      errors: [
        'NO_PASSKEYS',
        'REAUTHENTICATION_REQUIRED',
        'WRONG_PASSKEY',
        'LIST_FULL',
        'STORAGE_UNAVAILABLE',
        'DISK_FULL',
      ],
      example: {
        ticket: EXAMPLE.ticket,
        name: 'Ponsel',
        passkey: { clientDataJSON: bytes, attestationObject: bytes, transports: ['internal'] },
      },
      handle: ({ caller, body }) => addPasskey(deps, caller, body),
    }),
    route({
      method: 'post',
      path: `${PATH}/rename`,
      summary: 'Give a passkey another name; repeatable',
      who: 'user',
      rate: 'passwords',
      priority: 'low',
      body: RenamePasskey,
      answer: Done,
      errors: ['REAUTHENTICATION_REQUIRED', 'NO_SUCH_PASSKEY', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { ticket: EXAMPLE.ticket, id: EXAMPLE.passkeyId, name: 'Laptop' },
      handle: async ({ caller, body }) => {
        await renamePasskey(deps, caller, body);
        return { message: 'The passkey has another name.' };
      },
    }),
    route({
      method: 'post',
      path: '/auth/login/passkey',
      worksWhenFull: true,
      summary: 'Log in on this device by a passkey alone; repeatable with the same attemptId and answer',
      who: 'anyone',
      priority: 'low',
      body: PasskeyLogin,
      answer: LoginAnswer,
      errors: ['WRONG_PASSKEY', 'PASSKEY_COPIED', 'ACCOUNT_SUSPENDED', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: {
        passkey: {
          id: EXAMPLE.passkeyId,
          clientDataJSON: bytes,
          authenticatorData: bytes,
          signature: bytes,
          userHandle: Buffer.from(EXAMPLE.me.id).toString('base64url'),
        },
        attemptId: EXAMPLE.attemptId,
      },
      handle: async (call) => {
        const { account, token } = await logInByPasskey(deps, call.body, call.clientIp());
        const { id, username, contacts } = account;
        return { id, username, contacts, token, deviceProof: proofs.issue(foldName(username)) };
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/remove`,
      summary: 'Remove a passkey; repeatable',
      who: 'user',
      rate: 'passwords',
      priority: 'low',
      body: RemovePasskey,
      answer: Done,
      errors: ['REAUTHENTICATION_REQUIRED', 'LAST_SECOND_FACTOR', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { ticket: EXAMPLE.ticket, id: EXAMPLE.passkeyId },
      handle: async ({ caller, body }) => {
        await removePasskey(deps, caller, body);
        return { message: 'The passkey is removed.' };
      },
    }),
  ];
}
