import { z } from 'zod';
import { makeResetCode, type ResetCode } from '../auth/reset.ts';
import type { Clock } from '../clock.ts';
import { listReports, type ToldReport } from '../friends/reporting.ts';
import { DAYS, makeInvite, openInvites, revokeInvite, USES } from '../invites/invites.ts';
import type { Store } from '../storage/store.ts';
import type { Done, Invite, NewInviteAnswer } from '../wire/wire.ts';

const upTo = (most: number) => z.number().int().min(1).max(most).exactOptional();

/** What whoever runs the box may ask at its terminal, of a core that runs or of the database itself. */
const Question = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('reset-password'), username: z.string() }),
  z.strictObject({ ask: z.literal('invite'), uses: upTo(USES.most), days: upTo(DAYS.most) }),
  z.strictObject({ ask: z.literal('invites') }),
  z.strictObject({ ask: z.literal('revoke-invite'), id: z.string() }),
  z.strictObject({ ask: z.literal('reports') }),
]);
export type Question = z.output<typeof Question>;

/** What each question is answered with. */
export type Answers = {
  'reset-password': ResetCode;
  invite: NewInviteAnswer;
  /** All open ones, `by` the username of whoever made it. */
  invites: (Invite & { by?: string })[];
  'revoke-invite': Done;
  reports: ToldReport[];
};

/** Does what the operator asks, and answers. @throws ApiError, or an error of zod for a question this version has not */
export async function answerOperator(
  box: { store: Store; clock: Clock },
  question: unknown,
): Promise<Answers[Question['ask']]> {
  const asked = Question.parse(question);
  switch (asked.ask) {
    case 'reset-password':
      return makeResetCode(box, asked.username);
    case 'invite':
      return makeInvite(box, undefined, asked);
    case 'invites':
      return openInvites(box);
    case 'revoke-invite':
      await revokeInvite(box, asked.id);
      return { message: 'The invitation is revoked.' };
    case 'reports':
      return listReports(box.store);
  }
}
