import { votesBinding } from '../../cipher/binding.ts';
import type { Cipher } from '../../cipher/cipher.ts';
import { sealedVotes } from '../../cipher/sealed-fields.ts';
import { type PollText, readPollFields } from '../../polls/poll-text.ts';
import { choicesOf, readVoteList, type VoteList, withVote, writeVoteList } from '../../polls/vote-list.ts';
import type { StoredMessage, StoredPoll } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import { readSeedSealed } from './import-reactions.ts';

/** A poll of a readable export; its `closesAt` is on the time line of the box. */
export type ReadablePoll = PollText & { closed?: true; votes: { userId: Id; choices: number[] }[] };
/** The poll of a message of a file: readable, or its votes as they are stored beside a sealed text. */
export type SeedPoll = { text?: PollText; closed?: true; votes?: VoteList | StoredPoll['votes'] };

type Row = Pick<StoredMessage, 'id'> & { conversationId?: Id; poll?: SeedPoll };

/** A poll as a readable export writes it. */
export function readablePoll({ closed }: StoredPoll, text: PollText, votes: VoteList): ReadablePoll {
  return {
    ...text,
    ...(closed && { closed }),
    votes: votes.map(([userId, answers]) => ({ userId, choices: choicesOf(answers) })),
  };
}

/** The poll of a row of a file; undefined when it is none. Votes that are none are left out. */
export function readSeedPoll(value: unknown, isReadable: boolean): SeedPoll | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { closed, votes, ...fields } = value as Record<string, unknown>;
  const end = closed === true ? { closed: true as const } : {};
  if (isReadable) {
    const text = readPollFields(fields);
    return text && { text, ...end, votes: readVotes(votes, text) };
  }
  const sealed = readSeedSealed(votes);
  return { ...end, ...(sealed && { votes: sealed }) };
}

function readVotes(value: unknown, { answers }: PollText): VoteList {
  let list: VoteList = [];
  for (const one of Array.isArray(value) ? value : []) {
    const { userId, choices } = (one ?? {}) as Record<string, unknown>;
    if (typeof userId !== 'string' || !Array.isArray(choices)) continue;
    if (!choices.every((index) => Number.isInteger(index) && index >= 0 && index < answers.length)) continue;
    const next = withVote(list, userId, choices as number[]);
    if (readVoteList(writeVoteList(next))) list = next;
  }
  return list;
}

/**
 * The polls of rows, with their votes sealed for the conversation that the rows are imported into. Votes that do not open
 * are left out.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function sealSeedPolls<SeedRow extends Row>(
  cipher: Cipher,
  conversationId: Id,
  rows: SeedRow[],
): Promise<Map<SeedRow, StoredPoll>> {
  const result = new Map<SeedRow, StoredPoll>();
  for (const row of rows) {
    if (!row.poll) continue;
    const { closed, votes } = row.poll;
    const list = votes && 'kid' in votes ? await openVotes(cipher, row, conversationId, votes) : votes;
    const sealed =
      list &&
      list.length > 0 &&
      (await cipher.seal(writeVoteList(list), votesBinding({ id: row.id, conversationId }, 1)));
    result.set(row, { ...(closed && { closed }), ...(sealed && { votes: { ...sealed, edit: 1 } }) });
  }
  return result;
}

async function openVotes(
  cipher: Cipher,
  { id, conversationId: own }: Row,
  conversationId: Id,
  votes: NonNullable<StoredPoll['votes']>,
): Promise<VoteList | undefined> {
  const from = { id, conversationId: own ?? conversationId, poll: { votes } };
  const [text] = await cipher.openMany(sealedVotes(from));
  return readVoteList(text);
}
