import { v4 as uuid } from 'uuid';
import type { Stamp } from '../../../clock.ts';
import { describeCommit } from '../../describe-commit.ts';
import { DedupIndex } from '../../lowdb/pages/dedup-index.ts';
import type { State } from '../../lowdb/state/state.ts';
import { type Changes, isDeletedGroup } from '../../rows.ts';
import type { Commit, StoredMessage } from '../../store.ts';
import { type CommitRecord, changesOfRecord } from '../commits/commit-record.ts';
import type { Epochs, Run } from '../commits/epochs.ts';
import { type Applied, type News, readNews } from '../commits/history-check.ts';
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
  private epochs: Epochs;
  private onRecords: (records: CommitRecord[]) => void = () => {};
  private readonly listeners = new Set<(commit: Commit) => void>();

  constructor(state: State, { revision, last }: Pick<Applied, 'revision' | 'last'>, epochs: Epochs) {
    this.state = state;
    this.revision = revision;
    this.last = last;
    this.epochs = epochs;
  }

  get epoch(): string {
    return this.epochs.epoch;
  }

  /** Where this core is, as of now. */
  applied(): Applied {
    return { epoch: this.epoch, revision: this.revision, last: this.last };
  }

  /** See Store.historyUpTo. */
  historyUpTo(epoch: string): number {
    if (epoch === this.epoch) return this.revision;
    return Math.min(this.epochs.former.get(epoch) ?? -1, this.revision);
  }

  /** Calls `listener` after each applied commit. @returns a function that removes the listener */
  onCommit(listener: (commit: Commit) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls `listener` with all commits that are applied from now on. */
  watchRecords(listener: (records: CommitRecord[]) => void): void {
    this.onRecords = listener;
  }

  /** Applies what the database has that is not here. @throws OtherHistory, MissingCommits */
  async catchUp(run: Run): Promise<void> {
    while (!this.follow(await readNews(run, this.applied())));
  }

  /** Of another server than that of the newest epoch, news may be of commits that are lost. @returns whether they are applied */
  private follow({ since, epochs, commits }: News): boolean {
    if (since !== this.epoch) return false;
    if (epochs) this.epochs = epochs;
    this.apply(commits);
    return true;
  }

  /** Applies commits that follow each other, and announces them. Those that were applied before change nothing. @throws MissingCommits */
  apply(records: CommitRecord[]): void {
    const news = records.filter(({ revision }) => revision > this.revision);
    if (news.length === 0) return;
    const accountsElsewhere: Commit['accountsElsewhere'] = [];
    const batch = news.map(({ revision, core, at, clock, changes }) => {
      if (revision !== this.revision + 1)
        throw new MissingCommits(`commit ${this.revision + 1} is not in the database any more`);
      const complete = changesOfRecord(changes);
      for (const after of core === this.core ? [] : complete.accounts) {
        const before = this.state.account(after.id);
        if (before) accountsElsewhere.push({ before, after });
      }
      this.state.apply(complete);
      this.forgetMessages(complete, revision);
      this.revision = revision;
      this.last = { at, clock };
      return { revision, core, changes: complete };
    });
    const elsewhere = batch.filter(({ core }) => core !== this.core);
    const commit = describeCommit(batch, this.state, elsewhere, accountsElsewhere);
    // Listeners run after the writer has finished, so that an error of theirs cannot fail the commit.
    queueMicrotask(() => {
      for (const listener of this.listeners) listener(commit);
      this.onRecords(news);
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
