import { v4 as uuid } from 'uuid';
import type { Stamp } from '../../clock.ts';
import { describeCommit } from '../describe-commit.ts';
import { DedupIndex } from '../lowdb/pages/dedup-index.ts';
import type { State } from '../lowdb/state/state.ts';
import { type Changes, isDeletedGroup } from '../rows.ts';
import type { Commit, StoredMessage } from '../store.ts';
import { type CommitRecord, changesOfRecord } from './commit-record.ts';
import { NewestRows } from './newest-rows.ts';

/** Commits between the newest one here and the next one of the database are not there any more: only a new start helps. */
export class MissingCommits extends Error {
  override name = 'MissingCommits';
}

/**
 * What a core holds in memory: people, headers of conversations, marks and usages, as of one commit of the database. All
 * commits, its own and those of other cores, are applied in the order of their revisions. Of messages only the newest are held.
 */
export class Replica {
  readonly state: State;
  readonly dedupIndex = new DedupIndex();
  readonly newest = new NewestRows();
  /** The newest commit that was applied, and its time. */
  revision: number;
  last: Stamp;
  /** Names this process in the records of its commits. */
  readonly core = uuid();
  private readonly listeners = new Set<(commit: Commit) => void>();

  constructor(state: State, revision: number, last: Stamp) {
    this.state = state;
    this.revision = revision;
    this.last = last;
  }

  /** Calls `listener` after each applied commit. @returns a function that removes the listener */
  onCommit(listener: (commit: Commit) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Applies commits that follow each other, and announces them. Those that were applied before change nothing. @throws MissingCommits */
  apply(records: CommitRecord[]): void {
    const news = records.filter(({ revision }) => revision > this.revision);
    if (news.length === 0) return;
    const batch = news.map(({ revision, core, at, clock, changes }) => {
      if (revision !== this.revision + 1)
        throw new MissingCommits(`commit ${this.revision + 1} is not in the database any more`);
      const complete = changesOfRecord(changes);
      this.state.apply(complete);
      this.forgetMessages(complete, revision);
      this.revision = revision;
      this.last = { at, clock };
      return { revision, core, changes: complete };
    });
    const elsewhere = batch.filter(({ core }) => core !== this.core);
    const commit = describeCommit(batch, this.state, elsewhere);
    // Listeners run after the writer has finished, so that an error of theirs cannot fail the commit.
    queueMicrotask(() => {
      for (const listener of this.listeners) listener(commit);
    });
  }

  /** The rows of messages are in the database: the state needs them only for the headers. */
  private forgetMessages({ messages, edits, conversations }: Changes, asOf: number): void {
    for (const message of messages) {
      this.dedupIndex.add(message);
      this.newest.add(message);
    }
    for (const row of edits) this.newest.change(row);
    for (const header of conversations) if (isDeletedGroup(header)) this.newest.drop(header.id);
    const byConversation = new Map<string, Map<number, StoredMessage>>();
    for (const row of [...messages, ...edits]) {
      const rows = byConversation.get(row.conversationId) ?? new Map<number, StoredMessage>();
      byConversation.set(row.conversationId, rows.set(row.seq, row));
    }
    for (const [id, rows] of byConversation) {
      const ascending = [...rows.values()].sort((a, b) => a.seq - b.seq);
      this.state.markPaged(id, { page: 0, messages: ascending, asOf });
    }
  }
}
