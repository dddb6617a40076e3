import { z } from 'zod';
import { makeResetCode, type ResetCode } from '../auth/reset.ts';
import type { Clock } from '../clock.ts';
import type { Store } from '../storage/store.ts';

/** What whoever runs the box may ask at its terminal, of a core that runs or of the database itself. */
const Question = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('reset-password'), username: z.string() }),
]);
export type Question = z.output<typeof Question>;

/** What each question is answered with. */
export type Answers = { 'reset-password': ResetCode };

/** Does what the operator asks, and answers. @throws ApiError, or an error of zod for a question this version has not */
export async function answerOperator(
  box: { store: Store; clock: Clock },
  question: unknown,
): Promise<Answers[Question['ask']]> {
  const asked = Question.parse(question);
  return makeResetCode(box, asked.username);
}
