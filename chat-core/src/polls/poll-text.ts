import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { ANSWERS, MAX_ANSWER, MAX_QUESTION } from '../wire/polls.ts';
import { readText } from '../wire/text.ts';
import type { NewPoll, Poll } from '../wire/wire.ts';

/** How far ahead a poll may close. */
const MAX_OPEN_MS = 366 * 24 * 3600 * 1000;

/** What is sealed of a poll and never changes. `closesAt` is on the time line of the box. */
const PollText = z.strictObject({
  question: z.string().min(1).max(MAX_QUESTION),
  answers: z.array(z.string().min(1).max(MAX_ANSWER)).min(ANSWERS.min).max(ANSWERS.max),
  multiple: z.literal(true).exactOptional(),
  closesAt: z.number().int().min(0).exactOptional(),
});
export type PollText = z.infer<typeof PollText>;

/**
 * A poll as it is sealed: trimmed texts without control characters, no answer twice. `time` is that of the store.
 * @throws ApiError INVALID_POLL
 */
export function readNewPoll(
  { question, answers, multiple, closesAt }: NewPoll,
  time: { now(): number; wall(): number },
): PollText {
  const texts = answers.map(readLine);
  if (new Set(texts).size < texts.length) throw new ApiError('INVALID_POLL');
  return {
    question: readLine(question),
    answers: texts,
    ...(multiple && { multiple }),
    ...(closesAt !== undefined && { closesAt: Math.max(0, time.now() + Math.round(closesAt - time.wall())) }),
  };
}

/** @throws ApiError INVALID_POLL for a text that shows nothing */
function readLine(raw: string): string {
  try {
    return readText(raw).trim();
  } catch {
    throw new ApiError('INVALID_POLL');
  }
}

/** A new poll closes later than now, and within a year. @throws ApiError INVALID_POLL */
export function requireOpening({ closesAt }: PollText, now: number): void {
  if (closesAt === undefined || (closesAt > now && closesAt <= now + MAX_OPEN_MS)) return;
  throw new ApiError('INVALID_POLL', { detail: 'A poll closes later than now, and within a year.' });
}

/** The text to seal of a poll. */
export function writePollText({ question, answers, multiple, closesAt }: PollText): string {
  return JSON.stringify({ question, answers, multiple, closesAt });
}

/** The poll of an opened text, or of any value of this shape; undefined when it is none. */
export function readPollText(text: string | undefined): PollText | undefined {
  if (text === undefined) return undefined;
  try {
    return readPollFields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The poll of fields that were read from a file; undefined when they are none. */
export function readPollFields(fields: unknown): PollText | undefined {
  return PollText.safeParse(fields).data;
}

/** Whether a shown poll asks the same. The time of its end is left out: it is shown by a wall clock that may be set. */
export function isSamePoll(shown: Poll | undefined, { question, answers, multiple }: PollText): boolean {
  const texts = shown?.answers.map(({ text }) => text);
  return (
    shown?.question === question &&
    JSON.stringify(texts) === JSON.stringify(answers) &&
    shown.multiple === multiple
  );
}
