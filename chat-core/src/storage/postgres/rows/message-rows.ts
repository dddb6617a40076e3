import type { Id } from '../../../wire/wire.ts';
import { changedMessages, type MessageSource } from '../../lowdb/pages/changed-messages.ts';
import type { State } from '../../lowdb/state/state.ts';
import { isDeletedGroup } from '../../rows.ts';
import { DEDUP_WINDOW, type MessageChange, type PageBudget, type StoredMessage } from '../../store.ts';
import type { Query } from '../connections/connection.ts';
import type { Replica } from '../replica/replica.ts';

/**
 * The messages of all conversations up to the commit that this core has applied: the newest from memory, others read from the
 * database. A `budget` pays for the bytes of rows that are read.
 */
export class MessageRows implements MessageSource {
  readonly state: State;
  private readonly replica: Replica;
  private readonly query: Query;

  constructor(replica: Replica, query: Query) {
    this.replica = replica;
    this.state = replica.state;
    this.query = query;
  }

  async between(id: Id, from: number, to: number, budget?: PageBudget): Promise<StoredMessage[]> {
    const header = this.state.conversation(id);
    if (!header || isDeletedGroup(header)) return [];
    const [first, last] = [Math.max(1, from), Math.min(to, header.lastSeq)];
    if (last < first) return [];
    const inMemory = this.replica.newest.between(id, first, last);
    if (inMemory) return inMemory;
    budget?.require?.();
    const rows = await this.query<{ doc: string }>(
      'select doc::text as doc from messages where conversation_id = $1 and seq between $2 and $3 order by seq',
      [id, first, last],
    );
    budget?.count(rows.reduce((sum, { doc }) => sum + doc.length, 0));
    // It may have been deleted during the read.
    const now = this.state.conversation(id);
    return now && isDeletedGroup(now) ? [] : rows.map(({ doc }) => JSON.parse(doc) as StoredMessage);
  }

  async message(id: Id, seq: number, budget?: PageBudget): Promise<StoredMessage | undefined> {
    const [row] = seq < 1 ? [] : await this.between(id, seq, seq, budget);
    return row;
  }

  /** The newest `limit` messages with a seq below `before`. */
  page(id: Id, before: number, limit: number, budget?: PageBudget): Promise<StoredMessage[]> {
    const to = Math.min(before - 1, this.state.conversation(id)?.lastSeq ?? 0);
    return this.between(id, to - limit + 1, to, budget);
  }

  /** The oldest `limit` messages with a seq above `after`. */
  pageAfter(id: Id, after: number, limit: number, budget?: PageBudget): Promise<StoredMessage[]> {
    return this.between(id, after + 1, after + limit, budget);
  }

  /** The message with an id among the newest DEDUP_WINDOW messages. */
  async recent(id: Id, messageId: Id): Promise<StoredMessage | undefined> {
    const { dedupIndex } = this.replica;
    const lastSeq = () => this.state.conversation(id)?.lastSeq ?? 0;
    if (lastSeq() === 0) return undefined;
    if (!dedupIndex.has(id)) await this.indexNewest(id);
    for (const seq of dedupIndex.seqsOf(id, messageId, lastSeq())) {
      const found = await this.message(id, seq);
      if (found?.id === messageId) return found;
    }
    return undefined;
  }

  /** Fills the index with a state that no commit has changed meanwhile: none may be missing in it. */
  private async indexNewest(id: Id): Promise<void> {
    for (;;) {
      const lastSeq = this.state.conversation(id)?.lastSeq ?? 0;
      const newest = await this.page(id, lastSeq + 1, DEDUP_WINDOW);
      if ((this.state.conversation(id)?.lastSeq ?? 0) !== lastSeq) continue;
      this.replica.dedupIndex.fill(id, newest);
      return;
    }
  }

  /** See Store.changedMessages. */
  changed(
    userId: Id,
    since: number,
    page: { limit: number; max?: number | undefined; budget?: PageBudget | undefined },
  ): Promise<MessageChange[] | undefined> {
    return changedMessages(this, userId, since, page);
  }

  async firstAfter(id: Id, since: number, lastSeq: number): Promise<number> {
    const inMemory = this.replica.newest.firstAfter(id, since);
    if (inMemory !== undefined) return Math.min(inMemory, lastSeq + 1);
    const [first] = await this.query<{ seq: number }>(
      'select seq from messages where conversation_id = $1 and rev > $2 order by rev, seq limit 1',
      [id, since],
    );
    return Math.min(first?.seq ?? lastSeq + 1, lastSeq + 1);
  }

  /** The last seq of a conversation at a revision. */
  async lastSeqAt(id: Id, revision: number): Promise<number> {
    const header = this.state.conversation(id);
    if (!header || header.rev <= revision) return header?.lastSeq ?? 0;
    return (await this.firstAfter(id, revision, header.lastSeq)) - 1;
  }
}
