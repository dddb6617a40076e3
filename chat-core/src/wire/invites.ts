import { z } from 'zod';
import { codeLike, Id, Time } from './common.ts';
import { EXAMPLE } from './examples.ts';

export const InviteCode = codeLike(EXAMPLE.invite.code);

/** A code made by a client: 26 characters of Crockford's base 32, in lower case. */
const NewInviteCode = z
  .string()
  .regex(/^[0-9a-hjkmnp-tv-z]{26}$/, 'must be 26 random characters of 0-9 and a-z without i, l, o and u')
  .meta({ format: 'code', example: EXAMPLE.invite.code });

/** The page's link of an invitation is <page>/#/invite/<code>. */
export const Invite = z
  .strictObject({
    id: Id,
    uses: z.number().int().min(1).meta({ description: 'how often it may be used' }),
    used: z.number().int().min(0),
    createdAt: Time,
    expiresAt: Time,
  })
  .meta({ id: 'Invite' });
export type Invite = z.infer<typeof Invite>;

/** A `code` made by the client makes the request repeatable. */
export const NewInvite = z.strictObject({
  uses: z.number().int().min(1).exactOptional(),
  days: z.number().int().min(1).exactOptional(),
  code: NewInviteCode.exactOptional(),
});
export type NewInvite = z.infer<typeof NewInvite>;

/** The code is in this answer only. */
export const NewInviteAnswer = Invite.extend({ code: z.string() });
export type NewInviteAnswer = z.infer<typeof NewInviteAnswer>;

/** `by`: the username of the inviter, absent when the operator of the box invites. */
export const LookAtInviteAnswer = z.strictObject({ by: z.string().exactOptional() });
export type LookAtInviteAnswer = z.infer<typeof LookAtInviteAnswer>;
