import type { Id } from '../../../wire/wire.ts';
import { changesOf, isDeletedGroup } from '../../rows.ts';
import type { StoredMessage } from '../../store.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import type { JournalRecord } from '../journal/journal-record.ts';
import { type JournalStart, readJournal } from '../journal/replay.ts';
import { withoutPagedEdits } from '../maintenance/read-state.ts';
import { revOf } from '../state/conversation-state.ts';
import type { State } from '../state/state.ts';
import { type BrokenPage, headerOf } from './integrity-scan-pages.ts';
import { placeholderMessage } from './placeholder.ts';

type Damaged = {
  state: State;
  /** The revision up to which pages contain everything: older records replace no account. */
  checkpointed: number;
  broken: BrokenPage[];
  /** Conversations whose header was made from their messages; the replay adds those of which it finds no header. */
  rebuilt: Set<Id>;
  lost: Map<Id, number[]>;
  recordLost: (id: Id, seq: number) => void;
};

/** Applies the records of a journal to a state with gaps: what is missing before a message becomes placeholders. */
export function createDamagedReplay({ state, checkpointed, broken, rebuilt, lost, recordLost }: Damaged) {
  /** Rebuilt conversations whose header is in the journal. */
  const confirmed = new Set<Id>();
  let [at, newAccounts, newConversations] = [0, 0, 0];

  const append = (message: StoredMessage) => {
    const known = state.conversation(message.conversationId);
    if (known && isDeletedGroup(known)) return;
    if (!known) {
      state.putHeader(headerOf(message));
      rebuilt.add(message.conversationId);
    }
    for (const seq of missingSeqsBefore(state, message)) {
      const { header } = state.conversationState(message.conversationId) ?? { header: headerOf(message) };
      state.apply(changesOf({ messages: [placeholderMessage(header, seq, message)] }));
      recordLost(header.id, seq);
    }
    state.apply(changesOf({ messages: [message] }));
  };
  const apply = (record: JournalRecord) => {
    at = Math.max(at, record.at);
    for (const account of record.accounts) {
      const isNewer = record.revision > checkpointed;
      if (!state.account(account.id)) newAccounts += 1;
      if (isNewer || !state.account(account.id)) state.putAccount(account);
    }
    for (const header of record.conversations) {
      const known = state.conversation(header.id);
      if (!known) newConversations += 1;
      if (known && rebuilt.has(header.id)) {
        confirmed.add(header.id);
        const lastSeq = isDeletedGroup(header) ? 0 : Math.max(header.lastSeq, known.lastSeq);
        state.putHeader({ ...header, lastSeq, rev: Math.max(header.rev, known.rev) });
      } else state.putHeader(header);
      if (isDeletedGroup(header)) lost.delete(header.id);
    }
    // A changed row is complete: it also replaces a lost original.
    for (const message of [...record.messages, ...record.edits]) {
      append(message);
      const page = broken.find(
        ({ conversationId, first, last }) =>
          conversationId === message.conversationId && message.seq >= first && message.seq <= last,
      );
      if (revOf(page?.rows.get(message.seq)) <= revOf(message)) page?.rows.set(message.seq, message);
    }
    const { edits } = withoutPagedEdits(record, state, checkpointed);
    const hidden = record.hidden.filter(({ conversationId }) => state.conversationState(conversationId));
    state.apply(changesOf({ edits, hidden }));
    for (const mark of record.marks) state.raiseMark(mark);
    // An older invite that is in no page was used up or revoked, and an older upload was claimed or removed.
    const { invites, uploads } = record;
    if (record.revision > checkpointed) state.apply(changesOf({ invites, uploads }));
    const usages = record.usages.filter(({ conversationId }) => state.conversationState(conversationId));
    state.apply(changesOf({ usages }));
    for (const seen of record.seen) state.people.recordSeen(seen);
    state.apply(changesOf({ pictures: record.pictures }));
  };

  return {
    apply,
    confirmed,
    /** Epoch milliseconds of the newest record; 0 without any. */
    at: () => at,
    /** Accounts and conversations that are in the journal alone. */
    newAccounts: () => newAccounts,
    newConversations: () => newConversations,
  };
}

function missingSeqsBefore(state: State, { conversationId, seq }: StoredMessage): number[] {
  const { paged = 0, tail = [] } = state.conversationState(conversationId) ?? {};
  const last = Math.max(paged, tail.at(-1)?.seq ?? 0);
  return Array.from({ length: Math.max(0, seq - last - 1) }, (_, index) => last + 1 + index);
}

/** Conversations that the journal has from their beginning on: their header need not be in a page yet. */
export async function newConversationsIn(
  disk: KeyedDisk,
  folder: string,
  start: JournalStart,
): Promise<Set<Id>> {
  const lastSeqs = new Map<Id, number>();
  const add = (record: JournalRecord) => {
    for (const { id, lastSeq } of record.conversations) {
      if (!lastSeqs.has(id)) lastSeqs.set(id, lastSeq);
    }
  };
  await readJournal(disk, folder, start, add, () => {});
  return new Set([...lastSeqs].filter(([, lastSeq]) => lastSeq === 0).map(([id]) => id));
}
