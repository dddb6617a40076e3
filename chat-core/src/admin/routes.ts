import { createHmac, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { SecurityLog } from '../audit/security-log.ts';
import { createResetCode } from '../auth/reset.ts';
import type { Cipher } from '../cipher/cipher.ts';
import type { Clock } from '../clock.ts';
import { codeOf } from '../codes.ts';
import { ApiError } from '../errors.ts';
import { clearReportsAbout } from '../friends/reporting.ts';
import { type Caller, type Route, route } from '../http/route.ts';
import type { Tickets } from '../second-factor/tickets.ts';
import type { BoxSettings } from '../settings.ts';
import type { Store } from '../storage/store.ts';
import { type BoxStatusDeps, boxStatus } from '../watching/box-status.ts';
import { Done, Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { wholeNumber } from '../wire/messages.ts';
import {
  BoxStatus,
  ChangePerson,
  ChangeSettings,
  ClaimOwner,
  NewResetCode,
  OwnerEvents,
  OwnerPeople,
  OwnerPerson,
  OwnerReports,
  OwnerSettings,
  ResetCodeAnswer,
} from '../wire/owner.ts';
import { auditPage } from './audit-page.ts';
import { deletePerson } from './delete-person.ts';
import { claimOwnership, type OwnerClaim } from './owners.ts';
import { changePerson, listPeople } from './people.ts';
import { reportsOfBox } from './reports.ts';

type OwnerDeps = BoxStatusDeps & {
  store: Store;
  clock: Clock;
  tickets: Tickets;
  cipher: Pick<Cipher, 'forget'>;
  settings: BoxSettings;
  claim: OwnerClaim;
  /** Of HMAC-SHA-256, from which repeatable reset codes are made. */
  resetKey: KeyObject;
  securityLog: Pick<SecurityLog, 'record'>;
  /** undefined where nothing is stored of events. */
  trail: Pick<AuditTrail, 'read'> | undefined;
};

const RESET_CODE_BYTES = 16;
const STORAGE_ERRORS = ['STORAGE_UNAVAILABLE', 'DISK_FULL'] as const;
const PersonPath = z.strictObject({ userId: Id });
const TICKET_HEADER = 'reauthentication-ticket';

/** Common to the routes of owners: they also work on a full disk, which an owner has to mend. */
const owners = { who: 'user', rate: 'owners', priority: 'low' } as const;
const changing = { ...owners, worksWhenFull: true } as const;

/** What owners of the box do. No route here opens anything that is sealed. */
export function ownerRoutes(deps: OwnerDeps): Route[] {
  const { store, cipher, tickets, settings, securityLog, trail } = deps;
  const record = (call: { caller: Caller; clientIp(): string }, command: string, about?: Id) =>
    securityLog.record('owner-command', {
      who: call.caller.userId,
      ...(about !== undefined && { about }),
      from: call.clientIp(),
      command,
    });
  return [
    route({
      ...changing,
      method: 'post',
      path: '/owner/claim',
      summary:
        'Become the owner of a box that has none, by the code that it printed at its start; repeatable',
      body: ClaimOwner,
      answer: Done,
      errors: ['WRONG_OWNER_CODE', 'NO_SUCH_ACCOUNT', ...STORAGE_ERRORS],
      example: { code: EXAMPLE.ownerCode },
      handle: async (call) => {
        if (await claimOwnership(store, deps.claim, call.caller.userId, call.body.code))
          record(call, 'claim');
        return { message: 'You are the owner of this box.' };
      },
    }),
    route({
      ...owners,
      method: 'get',
      path: '/owner/box',
      summary: 'How the box is',
      answer: BoxStatus,
      errors: [],
      handle: () => boxStatus(deps),
    }),
    route({
      ...owners,
      method: 'get',
      path: '/owner/people',
      summary: 'The people of the box, by username, those after a name',
      query: z.strictObject({ after: z.string().max(256).exactOptional() }),
      answer: OwnerPeople,
      errors: [],
      handle: ({ query }) => listPeople(store, query.after),
    }),
    route({
      ...changing,
      method: 'patch',
      path: '/owner/people/:userId',
      summary:
        'Suspend a person or let them in again, set their quota, or make them an owner or none, with a ticket; repeatable',
      params: PersonPath,
      headers: {
        'Reauthentication-Ticket':
          'of POST /auth/reauthenticate, to make an owner, or another owner none, suspended or not suspended',
      },
      body: ChangePerson,
      answer: OwnerPerson,
      errors: ['NO_SUCH_ACCOUNT', 'LAST_OWNER', 'REAUTHENTICATION_REQUIRED', ...STORAGE_ERRORS],
      example: { quotaMb: 2048 },
      exampleParams: { userId: EXAMPLE.others.met.id },
      handle: async (call) => {
        const { caller, body, params } = call;
        const isOfRole = body.owner === false || body.suspended !== undefined;
        const isOther = params.userId !== caller.userId;
        // Whoever could take the role of another owner could then make a reset code of theirs, or lock all others out.
        if (body.owner || (isOfRole && isOther && store.signedIn(params.userId)?.owner))
          tickets.check(caller, call.header(TICKET_HEADER) ?? '');
        const { person, actions } = await changePerson(store, params.userId, body);
        for (const action of actions) record(call, action, params.userId);
        return person;
      },
    }),
    route({
      ...changing,
      method: 'delete',
      path: '/owner/people/:userId',
      summary:
        'Delete a person, with a ticket: their messages stay readable for others, under no name; repeatable',
      params: PersonPath,
      acceptsRevokedToken: true,
      headers: { 'Reauthentication-Ticket': 'of POST /auth/reauthenticate' },
      answer: Done,
      errors: ['NO_SUCH_ACCOUNT', 'LAST_OWNER', 'REAUTHENTICATION_REQUIRED', ...STORAGE_ERRORS],
      example: { userId: EXAMPLE.others.former.id },
      handle: async (call) => {
        const { userId } = call.params;
        // The token of an owner who deleted themselves ended with the account: it may repeat that deletion alone.
        if (call.isTokenRevoked) await requireDeletedSelf(store, call.caller, userId);
        else tickets.check(call.caller, call.header(TICKET_HEADER) ?? '');
        if (await deletePerson(store, userId, cipher)) record(call, 'delete', userId);
        return { message: 'The account is deleted.' };
      },
    }),
    route({
      ...changing,
      method: 'post',
      path: '/owner/people/:userId/reset-code',
      summary:
        'A one-time code that sets a new password of this person; of an owner with a ticket; repeatable with the same attemptId',
      params: PersonPath,
      headers: { 'Reauthentication-Ticket': 'of POST /auth/reauthenticate, for a person who is an owner' },
      body: NewResetCode,
      answer: ResetCodeAnswer,
      errors: ['NO_SUCH_ACCOUNT', 'REAUTHENTICATION_REQUIRED', ...STORAGE_ERRORS],
      example: { attemptId: EXAMPLE.attemptId },
      exampleParams: { userId: EXAMPLE.others.asked.id },
      handle: async (call) => {
        const { userId } = call.params;
        const { removesSecondFactor = false, attemptId } = call.body;
        const account = await store.account(userId);
        if (!account || account.deletedAt !== undefined) throw new ApiError('NO_SUCH_ACCOUNT');
        // Whoever has the code has the account: of an owner, that is the role.
        if (account.owner) tickets.check(call.caller, call.header(TICKET_HEADER) ?? '');
        const code =
          attemptId === undefined
            ? undefined
            : codeOf(
                createHmac('sha256', deps.resetKey)
                  .update(`${userId} ${attemptId}`)
                  .digest()
                  .subarray(0, RESET_CODE_BYTES),
              );
        const made = await createResetCode(deps, account.username, removesSecondFactor, code);
        record(call, 'reset-code', userId);
        return { code: made.code, expiresAt: made.expiresAt };
      },
    }),
    route({
      ...owners,
      method: 'get',
      path: '/owner/reports',
      summary: 'What people reported of each other, oldest first, without any text',
      answer: OwnerReports,
      errors: [],
      handle: async () => ({ reports: await reportsOfBox(store) }),
    }),
    route({
      ...changing,
      method: 'delete',
      path: '/owner/reports/:userId',
      summary: 'Delete the reports about a person, once they are dealt with; repeatable',
      params: PersonPath,
      answer: Done,
      errors: ['NO_SUCH_ACCOUNT', ...STORAGE_ERRORS],
      example: { userId: EXAMPLE.friend.id },
      handle: async (call) => {
        const { userId } = call.params;
        if ((await clearReportsAbout(store, userId)) > 0) record(call, 'clear-reports', userId);
        return { message: 'The reports are deleted.' };
      },
    }),
    route({
      ...owners,
      method: 'get',
      path: '/owner/audit',
      summary: 'The stored security events, newest first, those before a time',
      query: z.strictObject({ before: wholeNumber(Number.MAX_SAFE_INTEGER).exactOptional() }),
      answer: OwnerEvents,
      errors: [],
      handle: async ({ query }) => (trail ? auditPage({ store, trail }, query.before) : { events: [] }),
    }),
    route({
      ...owners,
      method: 'get',
      path: '/owner/settings',
      summary: 'The settings that can be changed while the box runs',
      answer: OwnerSettings,
      errors: [],
      handle: async () => settings.list(),
    }),
    route({
      ...changing,
      method: 'patch',
      path: '/owner/settings',
      summary: 'Change settings, at once and durably; null: as the environment says',
      body: ChangeSettings,
      answer: OwnerSettings,
      errors: [...STORAGE_ERRORS],
      example: { editMinutes: 30 },
      handle: async (call) => {
        const { now, changed } = await settings.change(call.body);
        for (const name of changed) record(call, `set-${name}`);
        return now;
      },
    }),
  ];
}

/** @throws ApiError UNAUTHENTICATED unless the caller is this person, whose account is deleted */
async function requireDeletedSelf(store: Store, caller: Caller, userId: Id): Promise<void> {
  const account = caller.userId === userId ? await store.account(userId) : undefined;
  if (account?.deletedAt === undefined) throw new ApiError('UNAUTHENTICATED');
}
