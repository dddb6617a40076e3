import { z } from 'zod';
import { Count, Id, Time } from './common.ts';

/** UTF-16 units of a question and of one answer, and how many answers there are. */
export const MAX_QUESTION = 300;
export const MAX_ANSWER = 100;
export const ANSWERS = { min: 2, max: 10 };

// The rules of the texts are checked by their feature (readNewPoll), with an error code of its own.
const Question = z.string().max(MAX_QUESTION).meta({ example: 'Sabtu atau Minggu?' });
const Answer = z.string().max(MAX_ANSWER);
const Multiple = z
  .literal(true)
  .exactOptional()
  .meta({ description: 'a person may choose several answers; one otherwise' });

/** A poll to send to a group. Its words cannot be changed once it is sent. */
export const NewPoll = z.strictObject({
  question: Question,
  answers: z.array(Answer).min(ANSWERS.min).max(ANSWERS.max),
  multiple: Multiple,
  closesAt: Time.exactOptional().meta({ description: 'when it closes by itself; at most a year ahead' }),
});
export type NewPoll = z.infer<typeof NewPoll>;

/** A poll as its reader sees it: how many chose each answer, and which answers are the reader's own. */
export const Poll = z
  .strictObject({
    question: z.string(),
    answers: z.array(
      z.strictObject({ text: z.string(), count: Count, mine: z.literal(true).exactOptional() }),
    ),
    voters: Count.meta({ description: 'people who chose an answer; with `multiple` fewer than the counts' }),
    multiple: Multiple,
    closesAt: Time.exactOptional().meta({
      description: 'when it closes by itself; no delta says that it has',
    }),
    closed: z.literal(true).exactOptional().meta({ description: 'it takes no votes any more' }),
  })
  .meta({ id: 'Poll' });
export type Poll = z.infer<typeof Poll>;

/** The answers that a person chooses, by their place from 0; none takes the vote back. */
export const Vote = z.strictObject({
  choices: z
    .array(
      z
        .number()
        .int()
        .min(0)
        .max(ANSWERS.max - 1),
    )
    .max(ANSWERS.max),
});

/** Who chose each answer, in the order in which they voted first; people across a block are left out. */
export const WhoVoted = z.strictObject({
  answers: z.array(z.strictObject({ text: z.string(), userIds: z.array(Id) })),
});
export type WhoVoted = z.infer<typeof WhoVoted>;
