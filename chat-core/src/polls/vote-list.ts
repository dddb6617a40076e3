import { z } from 'zod';
import { Id } from '../wire/common.ts';
import { ANSWERS } from '../wire/polls.ts';

/**
 * People whose votes a poll holds: their text stays below the 16 KiB that cipher-service takes, at 46 bytes for each. A
 * group has at most 256 members, so room is made among those who left.
 */
export const MAX_VOTERS = 340;

/** Who voted, in the order of their first votes, and a bit for each answer that they chose. */
export type VoteList = readonly (readonly [userId: Id, answers: number])[];

const Stored = z
  .array(
    z.tuple([
      Id,
      z
        .number()
        .int()
        .min(1)
        .max(2 ** ANSWERS.max - 1),
    ]),
  )
  .max(MAX_VOTERS);

/** The list of an opened text; undefined when it is none. */
export function readVoteList(text: string | undefined): VoteList | undefined {
  if (text === undefined) return undefined;
  try {
    const list = Stored.safeParse(JSON.parse(text)).data;
    return list && new Set(list.map(([id]) => id)).size === list.length ? list : undefined;
  } catch {
    return undefined;
  }
}

/** The text to seal of a list. */
export function writeVoteList(list: VoteList): string {
  return JSON.stringify(list);
}

/** The list with what a person chooses now: the same list when they chose so already; none takes their vote back. */
export function withVote(list: VoteList, userId: Id, choices: readonly number[]): VoteList {
  const answers = choices.reduce((bits, index) => bits | (1 << index), 0);
  const known = list.find(([id]) => id === userId);
  if ((known?.[1] ?? 0) === answers) return list;
  if (answers === 0) return list.filter((one) => one !== known);
  if (!known) return [...list, [userId, answers]];
  return list.map((one) => (one === known ? [userId, answers] : one));
}

/** A list that fits: where it is too long, without the first of those who are no members any more. */
export function withinLimit(list: VoteList, isMember: (userId: Id) => boolean): VoteList {
  let excess = list.length - MAX_VOTERS;
  if (excess <= 0) return list;
  return list.filter(([id]) => isMember(id) || excess-- <= 0);
}

/** Whether a vote has the answer at this place. */
export function hasChosen(answers: number, index: number): boolean {
  return (answers & (1 << index)) !== 0;
}

/** The places of the answers of a vote. */
export function choicesOf(answers: number): number[] {
  return Array.from({ length: ANSWERS.max }, (_, index) => index).filter((index) =>
    hasChosen(answers, index),
  );
}
