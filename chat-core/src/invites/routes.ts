import { z } from 'zod';
import type { Limiter } from '../http/limiter.ts';
import { withRateLimit } from '../http/rate-limits.ts';
import { type Route, route } from '../http/route.ts';
import { countUpTo, Done, Id } from '../wire/common.ts';
import { EXAMPLE } from '../wire/examples.ts';
import { Invite, InviteCode, InviterAnswer, NewInvite, NewInviteAnswer } from '../wire/invites.ts';
import {
  acceptInvite,
  createInvite,
  DAYS,
  type Invites,
  inviterOf,
  listInvites,
  revokeInvite,
  USES,
} from './invites.ts';

/** Creating, listing, revoking and accepting invites. */
export function inviteRoutes(deps: Invites, limits: Limiter): Route[] {
  return [
    route({
      method: 'post',
      path: '/invites',
      summary:
        'Create an invitation; its code is returned only here, for the link <page>/#/invite/<code>; repeatable with a code of your own',
      who: 'user',
      rate: 'invites',
      priority: 'low',
      body: NewInvite.extend({ uses: countUpTo(USES), days: countUpTo(DAYS) }),
      answer: NewInviteAnswer,
      errors: ['TOO_MANY_INVITES', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { uses: 2, days: 7 },
      handle: ({ caller, body }) => createInvite(deps, caller.userId, body),
    }),
    route({
      method: 'get',
      path: '/invites',
      summary: 'List your open invitations',
      who: 'user',
      priority: 'low',
      answer: z.array(Invite),
      errors: [],
      handle: ({ caller }) => listInvites(deps, caller.userId),
    }),
    route({
      method: 'post',
      path: '/invites/revoke',
      worksWhenFull: true,
      summary: 'Revoke your invitation; repeatable',
      who: 'user',
      priority: 'low',
      body: z.strictObject({ id: Id }),
      answer: Done,
      errors: ['STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { id: EXAMPLE.invite.id },
      handle: async ({ caller, body }) => {
        await revokeInvite(deps, body.id, caller.userId);
        return { message: 'The invitation is revoked.' };
      },
    }),
    route({
      method: 'post',
      path: '/invites/look',
      worksWhenFull: true,
      summary: 'Get the inviter of a code',
      who: 'anyone',
      priority: 'low',
      body: z.strictObject({ code: InviteCode }),
      answer: InviterAnswer,
      errors: ['INVITE_INVALID'],
      example: { code: EXAMPLE.invite.code },
      // An unknown code counts against the address; a good one that a whole class opens does not.
      handle: (call) =>
        withRateLimit(
          limits,
          ['invites', call.clientIp()],
          ({ error }) => error !== undefined,
          () => inviterOf(deps, call.body.code),
        ),
    }),
    route({
      method: 'post',
      path: '/invites/accept',
      summary: 'Accept an invitation with an existing account',
      who: 'user',
      rate: 'invites',
      priority: 'low',
      body: z.strictObject({ code: InviteCode }),
      answer: Done,
      errors: ['INVITE_INVALID', 'SELF_FRIEND', 'STORAGE_UNAVAILABLE', 'DISK_FULL'],
      example: { code: EXAMPLE.invite.code },
      handle: async ({ caller, body }) => {
        await acceptInvite(deps, caller.userId, body.code);
        return { message: 'You followed the invitation.' };
      },
    }),
  ];
}
