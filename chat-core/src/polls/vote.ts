import { KeyedMutex } from '../attachments/keyed-mutex.ts';
import { votesBinding } from '../cipher/binding.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { requireAdmin } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { openMessagesFor, openRows } from '../messages/message.ts';
import type { MessageRef } from '../messages/require-message.ts';
import { type MessageReader, requireReadable } from '../messages/require-readable.ts';
import type { PageBudget, Store, StoredMessage, StoredPoll } from '../storage/store.ts';
import type { Id, Message, WhoVoted } from '../wire/wire.ts';
import type { PollText } from './poll-text.ts';
import { countedVotes, isClosed, whoVoted } from './show-poll.ts';
import { type VoteList, withinLimit, withVote, writeVoteList } from './vote-list.ts';

export type PollDeps = { store: Store; cipher: Cipher };
type PollRow = StoredMessage & { poll: StoredPoll };

/**
 * Votes in polls, and their end. Votes of one poll wait for each other, since each opens and seals the list anew; one that
 * another commit overtakes (a reaction, the end of the poll) is made again. What is so already is no change and writes
 * nothing, so each can be repeated.
 */
export class PollChanges {
  private readonly mutex = new KeyedMutex();
  private readonly deps: PollDeps;

  constructor(deps: PollDeps) {
    this.deps = deps;
  }

  /**
   * Sets what a member chooses, also where only admins post; no choice takes their vote back.
   * @returns the message as this person sees it
   * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, MESSAGE_DELETED, NOT_A_POLL, POLL_CLOSED, INVALID_REQUEST (choices that
   *   the poll does not have), CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL; nothing is changed then
   */
  async vote(userId: Id, ref: MessageRef, choices: readonly number[], budget?: PageBudget): Promise<Message> {
    const { store, cipher } = this.deps;
    return this.mutex.run(`${ref.conversationId} ${ref.seq}`, async () => {
      for (;;) {
        const row = await requirePoll(store, store.time, userId, ref, budget);
        const { poll, votes } = await openPoll(cipher, userId, row);
        requireChoices(poll, choices);
        const wanted = withVote(votes, userId, choices);
        if (wanted === votes) return show(this.deps, userId, row);
        if (isClosed(row.poll, poll, store.time.now())) throw new ApiError('POLL_CLOSED');
        const next = await this.storedVotes(ref.conversationId, wanted);
        const edit = (row.poll.votes?.edit ?? 0) + 1;
        const sealed = next.length > 0 && (await cipher.seal(writeVoteList(next), votesBinding(row, edit)));
        const stored = await store.transact(async (tx) => {
          const latest = await requirePoll(tx, store.time, userId, ref);
          if (latest.changedRev !== row.changedRev) return undefined;
          const { votes: _, ...rest } = latest.poll;
          return tx.changeMessage({
            ...latest,
            poll: { ...rest, ...(sealed && { votes: { ...sealed, edit } }) },
          });
        });
        if (!stored) continue;
        if (row.poll.votes) cipher.forget([row.poll.votes.content]);
        return show(this.deps, userId, stored);
      }
    });
  }

  /**
   * Closes a poll for good: its author or an admin may.
   * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, MESSAGE_DELETED, NOT_A_POLL, NOT_ALLOWED, CIPHER_UNAVAILABLE,
   *   STORAGE_UNAVAILABLE, DISK_FULL; nothing is changed then
   */
  async close(userId: Id, ref: MessageRef, budget?: PageBudget): Promise<Message> {
    const { store, cipher } = this.deps;
    const row = await requirePoll(store, store.time, userId, ref, budget);
    const { poll } = await openPoll(cipher, userId, row);
    const stored = await store.transact(async (tx) => {
      const latest = await requirePoll(tx, store.time, userId, ref);
      if (latest.senderId !== userId) await requireAdmin(tx, userId, ref.conversationId);
      if (isClosed(latest.poll, poll, store.time.now())) return latest;
      return tx.changeMessage({ ...latest, poll: { ...latest.poll, closed: true } });
    });
    return show(this.deps, userId, stored);
  }

  /** The votes that a change stores: none of a deleted account, and no more than fit. */
  private async storedVotes(conversationId: Id, wanted: VoteList): Promise<VoteList> {
    const { store } = this.deps;
    const [counted = []] = await countedVotes(store, [wanted]);
    const members = new Set((await store.conversation(conversationId))?.members);
    return withinLimit(counted, (id) => members.has(id));
  }
}

/** Who chose each answer. @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, MESSAGE_DELETED, NOT_A_POLL, CIPHER_UNAVAILABLE */
export async function readWhoVoted(
  { store, cipher }: PollDeps,
  userId: Id,
  ref: MessageRef,
  budget?: PageBudget,
): Promise<WhoVoted> {
  const row = await requirePoll(store, store.time, userId, ref, budget);
  const { poll, votes } = await openPoll(cipher, userId, row);
  const [counted = []] = await countedVotes(store, [votes]);
  return whoVoted(store, userId, poll, counted);
}

async function requirePoll(
  reader: MessageReader,
  time: Store['time'],
  userId: Id,
  ref: MessageRef,
  budget?: PageBudget,
): Promise<PollRow> {
  const { poll, ...row } = await requireReadable(reader, time, userId, ref, 'read', budget);
  if (!poll) throw new ApiError('NOT_A_POLL');
  return { ...row, poll };
}

/** The words and votes of a row. @throws ApiError CIPHER_UNAVAILABLE, also when they do not open: a change would lose them */
async function openPoll(
  cipher: Cipher,
  userId: Id,
  row: PollRow,
): Promise<{ poll: PollText; votes: VoteList }> {
  const [opened] = await openRows(cipher, [row], { accountId: userId });
  if (!opened?.poll || !opened.votes) throw new ApiError('CIPHER_UNAVAILABLE');
  return { poll: opened.poll, votes: opened.votes };
}

/** @throws ApiError INVALID_REQUEST */
function requireChoices({ answers, multiple }: PollText, choices: readonly number[]): void {
  const isOne = multiple || new Set(choices).size <= 1;
  if (isOne && choices.every((index) => index < answers.length)) return;
  throw new ApiError('INVALID_REQUEST', {
    detail: isOne ? 'The poll has no such answer.' : 'In this poll a person chooses one answer.',
  });
}

async function show(deps: PollDeps, userId: Id, row: StoredMessage): Promise<Message> {
  const [message] = await openMessagesFor(deps, userId, [row]);
  if (!message) throw new Error('one row opens to one message');
  return message;
}
