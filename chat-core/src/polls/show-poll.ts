import { existingAmong, visibleAmong } from '../people/visible-people.ts';
import type { Store, StoredPoll } from '../storage/store.ts';
import type { Id, Poll, WhoVoted } from '../wire/wire.ts';
import type { PollText } from './poll-text.ts';
import { hasChosen, type VoteList } from './vote-list.ts';

type Reader = Pick<Store, 'account'>;

/**
 * The votes that count: those of accounts that were not deleted. They are the same for every reader, also across a block,
 * since a poll has one result.
 */
export async function countedVotes(reader: Reader, lists: VoteList[]): Promise<VoteList[]> {
  const ids = new Set(lists.flatMap((list) => list.map(([id]) => id)));
  if (ids.size === 0) return lists;
  const existing = await existingAmong(reader, ids);
  return lists.map((list) => list.filter(([id]) => existing.has(id)));
}

/** Whether a poll takes no votes any more: it was closed, or its time is over. `now` is on the time line of the box. */
export function isClosed(
  { closed }: StoredPoll,
  { closesAt }: Pick<PollText, 'closesAt'>,
  now: number,
): boolean {
  return closed === true || (closesAt !== undefined && closesAt <= now);
}

/** A poll with its counted votes, as one person sees it. */
export function showPoll(
  stored: StoredPoll,
  text: PollText,
  votes: VoteList,
  { userId, time }: { userId: Id; time: Store['time'] },
): Poll {
  const { question, multiple, closesAt } = text;
  const own = votes.find(([id]) => id === userId)?.[1] ?? 0;
  return {
    question,
    answers: text.answers.map((answer, index) => ({
      text: answer,
      count: votes.filter(([, answers]) => hasChosen(answers, index)).length,
      ...(hasChosen(own, index) && { mine: true as const }),
    })),
    voters: votes.length,
    ...(multiple && { multiple }),
    ...(closesAt !== undefined && { closesAt: Math.max(0, Math.round(time.toWall(closesAt))) }),
    ...(isClosed(stored, text, time.now()) && { closed: true as const }),
  };
}

/** The words of a poll, for no reader in particular. */
export function wordsOfPoll({ question, answers }: PollText): Poll {
  return { question, answers: answers.map((text) => ({ text, count: 0 })), voters: 0 };
}

/** Who chose each answer, of the people whom this person sees. */
export async function whoVoted(
  reader: Reader,
  userId: Id,
  { answers }: PollText,
  votes: VoteList,
): Promise<WhoVoted> {
  const visible = await visibleAmong(
    reader,
    userId,
    votes.map(([id]) => id),
  );
  return {
    answers: answers.map((text, index) => ({
      text,
      userIds: votes.flatMap(([id, chosen]) => (visible.has(id) && hasChosen(chosen, index) ? [id] : [])),
    })),
  };
}
