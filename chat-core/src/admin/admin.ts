import { z } from 'zod';
import { createResetCode, type ResetCode } from '../auth/reset.ts';
import type { Clock } from '../clock.ts';
import { listReports, type NamedReport } from '../friends/reporting.ts';
import { createInvite, DAYS, openInvites, revokeInvite, USES } from '../invites/invites.ts';
import type { Store } from '../storage/store.ts';
import type { Done, Invite, NewInviteAnswer } from '../wire/wire.ts';

const upTo = (max: number) => z.number().int().min(1).max(max).exactOptional();

/** What the operator may request at the terminal, of a running chat-core or of the database itself. */
const AdminRequest = z.discriminatedUnion('ask', [
  z.strictObject({
    ask: z.literal('reset-password'),
    username: z.string(),
    removesSecondFactor: z.boolean().exactOptional(),
  }),
  z.strictObject({ ask: z.literal('invite'), uses: upTo(USES.max), days: upTo(DAYS.max) }),
  z.strictObject({ ask: z.literal('invites') }),
  z.strictObject({ ask: z.literal('revoke-invite'), id: z.string() }),
  z.strictObject({ ask: z.literal('reports') }),
]);
export type AdminRequest = z.output<typeof AdminRequest>;

/** The response to each request. */
export type AdminResponses = {
  'reset-password': ResetCode;
  invite: NewInviteAnswer;
  /** All open invitations; `by` is the creator's username. */
  invites: (Invite & { by?: string })[];
  'revoke-invite': Done;
  reports: NamedReport[];
};

/** @throws ApiError, or ZodError for a request that this version does not have */
export async function handleAdminRequest(
  deps: { store: Store; clock: Clock },
  input: unknown,
): Promise<AdminResponses[AdminRequest['ask']]> {
  const request = AdminRequest.parse(input);
  switch (request.ask) {
    case 'reset-password':
      return createResetCode(deps, request.username, request.removesSecondFactor);
    case 'invite':
      return createInvite(deps, undefined, request);
    case 'invites':
      return openInvites(deps);
    case 'revoke-invite':
      await revokeInvite(deps, request.id);
      return { message: 'The invitation is revoked.' };
    case 'reports':
      return listReports(deps.store);
  }
}
