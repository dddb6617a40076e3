import type { SendMessage } from '../../../../chat-core/src/wire/wire.ts';
import type { Key } from '../../i18n/language.ts';

/** What is typed for a poll. `hours`: after how many it closes; 0: it does not. */
export type PollDraft = { question: string; answers: string[]; multiple: boolean; hours: number };
export type NewPoll = NonNullable<SendMessage['poll']>;

/** As the server has it. */
export const MIN_ANSWERS = 2;
export const MAX_ANSWERS = 10;
export const MAX_QUESTION = 300;
export const MAX_ANSWER = 100;
/** After how many hours a poll may close. */
export const CLOSES_AFTER_H = [0, 1, 24, 168] as const;
const HOUR_MS = 3_600_000;

export const emptyDraft = (): PollDraft => ({ question: '', answers: [], multiple: false, hours: 0 });

/** Whether nothing is typed. */
export const isEmptyDraft = ({ question, answers }: PollDraft): boolean =>
  [question, ...answers].every((text) => text.trim() === '');

/** The answers that count: those that are not empty. */
const filledAnswers = ({ answers }: PollDraft) => answers.map(inOneLine).filter(Boolean);

const inOneLine = (text: string) => text.trim().replace(/\s+/gu, ' ');

/** How many fields for answers there are: one more than are used, within the limits. */
export const answerFields = (answers: readonly string[]): number => {
  const used = answers.findLastIndex((text) => text.trim() !== '') + 1;
  return Math.min(MAX_ANSWERS, Math.max(MIN_ANSWERS, used + 1));
};

/** Why a poll cannot be sent yet, and at which field: the question, or the answer at an index. */
export type PollProblem = { field: 'question' | number; text: Key };

export function problemOf(draft: PollDraft): PollProblem | undefined {
  if (inOneLine(draft.question) === '') return { field: 'question', text: 'poll.needsQuestion' };
  const folded = draft.answers.map((text) => inOneLine(text).toLowerCase());
  const used = folded.filter(Boolean).length;
  if (used < MIN_ANSWERS) return { field: Math.max(0, folded.indexOf('')), text: 'poll.needsAnswers' };
  const repeated = folded.findIndex((text, index) => text !== '' && folded.indexOf(text) < index);
  return repeated === -1 ? undefined : { field: repeated, text: 'poll.sameAnswer' };
}

/** The poll that a draft without problems makes. `now`: the time of the server, in epoch milliseconds. */
export function pollOf(draft: PollDraft, now: number): NewPoll {
  return {
    question: inOneLine(draft.question),
    answers: filledAnswers(draft),
    ...(draft.multiple ? { multiple: true } : {}),
    ...(draft.hours > 0 ? { closesAt: now + draft.hours * HOUR_MS } : {}),
  };
}
