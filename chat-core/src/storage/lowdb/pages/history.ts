import type { Id } from '../../../wire/wire.ts';
import { isDeletedGroup } from '../../rows.ts';
import {
  DEDUP_WINDOW,
  type MessageChange,
  type PageBudget,
  type SealedSample,
  type StoredMessage,
} from '../../store.ts';
import type { State } from '../state/state.ts';
import { changedMessages, type MessageSource } from './changed-messages.ts';
import { DedupIndex } from './dedup-index.ts';
import { type MessagePages, readRange } from './message-pages.ts';
import { CorruptionError } from './page-file.ts';

/** The durable messages of all conversations, from pages and from memory. */
export class History implements MessageSource {
  readonly state: State;
  private readonly pages: MessagePages;
  private readonly dedupIndex = new DedupIndex();

  constructor(state: State, pages: MessagePages) {
    this.state = state;
    this.pages = pages;
  }

  /** Messages with `from` ≤ seq ≤ `to`, oldest first. */
  async between(id: Id, from: number, to: number, budget?: PageBudget): Promise<StoredMessage[]> {
    const entry = this.state.conversationState(id);
    if (!entry || isDeletedGroup(entry.header)) return [];
    try {
      return await readRange(this.pages, entry, from, to, budget);
    } catch (error) {
      // It may have been deleted, and its pages erased, during the read.
      if (this.isDeleted(id)) return [];
      throw error;
    }
  }

  private isDeleted(id: Id): boolean {
    const header = this.state.conversation(id);
    return header !== undefined && isDeletedGroup(header);
  }

  async message(id: Id, seq: number, budget?: PageBudget): Promise<StoredMessage | undefined> {
    const [row] = seq < 1 ? [] : await this.between(id, seq, seq, budget);
    return row;
  }

  /** The newest `limit` messages with a seq below `before`. */
  page(id: Id, before: number, limit: number, budget?: PageBudget): Promise<StoredMessage[]> {
    const to = Math.min(before - 1, this.state.conversation(id)?.lastSeq ?? 0);
    return this.between(id, Math.max(1, to - limit + 1), to, budget);
  }

  /** The oldest `limit` messages with a seq above `after`. */
  pageAfter(id: Id, after: number, limit: number, budget?: PageBudget): Promise<StoredMessage[]> {
    const to = Math.min(after + limit, this.state.conversation(id)?.lastSeq ?? 0);
    return this.between(id, after + 1, to, budget);
  }

  /** The message with an id among the newest DEDUP_WINDOW messages. */
  async recent(conversationId: Id, messageId: Id): Promise<StoredMessage | undefined> {
    const { lastSeq = 0 } = this.state.conversation(conversationId) ?? {};
    if (lastSeq === 0) return undefined;
    if (!this.dedupIndex.has(conversationId)) await this.indexNewest(conversationId, lastSeq);
    const newest = this.state.conversation(conversationId)?.lastSeq ?? lastSeq;
    for (const seq of this.dedupIndex.seqsOf(conversationId, messageId, newest)) {
      const [message] = await this.between(conversationId, seq, seq);
      if (message?.id === messageId) return message;
    }
    return undefined;
  }

  /** Adds messages that became durable to the dedup index. */
  add(messages: StoredMessage[]): void {
    for (const message of messages) this.dedupIndex.add(message);
  }

  /** See Store.changedMessages. */
  changed(
    userId: Id,
    since: number,
    page: { limit: number; max?: number | undefined; budget?: PageBudget | undefined },
  ): Promise<MessageChange[] | undefined> {
    return changedMessages(this, userId, since, page);
  }

  /** See Store.lastSeqAt. */
  async lastSeqAt(id: Id, revision: number, budget?: PageBudget): Promise<number> {
    const header = this.state.conversation(id);
    if (!header || header.rev <= revision) return header?.lastSeq ?? 0;
    return (await this.firstAfter(id, revision, header.lastSeq, budget)) - 1;
  }

  private async indexNewest(conversationId: Id, lastSeq: number): Promise<void> {
    const newest = await this.page(conversationId, lastSeq + 1, DEDUP_WINDOW);
    this.dedupIndex.fill(conversationId, newest);
    // Messages committed while the pages were read are in the tail.
    this.add(this.state.conversationState(conversationId)?.tail ?? []);
  }

  /** The lowest seq whose revision is above `since`: revisions ascend with seq. */
  async firstAfter(id: Id, since: number, lastSeq: number, budget?: PageBudget): Promise<number> {
    const isOld = async (seq: number) => {
      const [message] = await this.between(id, seq, seq, budget);
      if (!message && this.isDeleted(id)) return true;
      if (!message) throw new CorruptionError(`messages of ${id}`, 0, `message ${seq} is missing`);
      return message.rev <= since;
    };
    let [low, high] = [1, lastSeq + 1];
    // Most requests are for the newest few: backward steps that double stay within rows in memory.
    for (let seq = lastSeq, step = 1; seq >= 1; seq -= step, step *= 2) {
      if (await isOld(seq)) {
        low = seq + 1;
        break;
      }
      high = seq;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (await isOld(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Messages per conversation of a sample: a few, since the newest may be deleted. */
const ROWS_EACH = 4;

/**
 * The newest messages of the `limit` conversations that changed last, `limit` accounts with profile texts, and the `limit`
 * groups that changed last.
 */
export async function sampleSealed(
  state: State,
  history: Pick<History, 'page'>,
  limit: number,
): Promise<SealedSample> {
  const headers = [...state.conversationStates()].map(({ header }) => header).sort((a, b) => b.rev - a.rev);
  const newest = headers.filter(({ lastSeq }) => lastSeq > 0).slice(0, limit);
  const pages = await Promise.all(
    newest.map(({ id }) => history.page(id, Number.POSITIVE_INFINITY, ROWS_EACH)),
  );
  return {
    messages: pages.flat().filter(({ event }) => !event),
    accounts: state.people.accounts.withProfile(limit),
    groups: headers
      .filter((one) => one.kind === 'group')
      .filter((one) => !isDeletedGroup(one))
      .slice(0, limit),
  };
}
