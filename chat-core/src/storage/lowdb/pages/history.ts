import type { Id } from '../../../wire/wire.ts';
import { fromSeqOf, isDeletedGroup } from '../../rows.ts';
import {
  DEDUP_WINDOW,
  isOpenArchive,
  type MessageChange,
  type PageBudget,
  type SealedSample,
  type StoredMessage,
} from '../../store.ts';
import { changesFor } from '../state/conversation-state.ts';
import type { State } from '../state/state.ts';
import { DedupIndex } from './dedup-index.ts';
import { type MessagePages, readRange } from './message-pages.ts';
import { CorruptionError } from './page-file.ts';

/** The durable messages of all conversations, from pages and from memory. */
export class History {
  private readonly state: State;
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
  async changed(
    userId: Id,
    since: number,
    {
      limit,
      max = Number.POSITIVE_INFINITY,
      budget,
    }: { limit: number; max?: number | undefined; budget?: PageBudget | undefined },
  ): Promise<MessageChange[] | undefined> {
    const changedConversations = this.state
      .conversationsOf(userId)
      .filter((one) => one.rev > since && !isOpenArchive(one));
    const ranges = await Promise.all(
      changedConversations.map(async (conversation) => {
        const { id, kind, lastSeq } = conversation;
        const imported = (kind === 'group' && conversation.group.archive?.rows) || 0;
        const fromSeq = fromSeqOf(conversation, userId);
        const first = Math.max(fromSeq, imported + 1, await this.firstAfter(id, since, lastSeq, budget));
        const entry = this.state.conversationState(id);
        return { id, fromSeq, first, lastSeq, changes: entry && changesFor(entry, userId, since) };
      }),
    );
    const changes: { id: Id; seq: number; rev: number }[] = [];
    let count = 0;
    for (const { id, fromSeq, first, lastSeq, changes: own } of ranges) {
      if (!own) return undefined;
      const older = [...own].filter(([seq]) => seq >= fromSeq && seq < first);
      changes.push(...older.map(([seq, rev]) => ({ id, seq, rev })));
      // An import may leave members whose first readable message is still to come.
      count += Math.max(0, lastSeq - first + 1) + older.length;
    }
    if (count > max) return undefined;
    const appended = await Promise.all(
      ranges.map(({ id, first, lastSeq }) =>
        this.between(id, first, Math.min(lastSeq, first + limit - 1), budget),
      ),
    );
    const changed = await Promise.all(
      changes
        .sort((a, b) => a.rev - b.rev)
        .slice(0, limit)
        .map(async ({ id, seq, rev }) => ({ rev, rows: await this.between(id, seq, seq, budget) })),
    );
    return [
      ...appended.flat().map((message) => ({ rev: message.rev, message })),
      ...changed.flatMap(({ rev, rows }) => rows.map((message) => ({ rev, message }))),
    ]
      .sort((a, b) => a.rev - b.rev)
      .slice(0, limit);
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
  private async firstAfter(id: Id, since: number, lastSeq: number, budget?: PageBudget): Promise<number> {
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
export async function sampleSealed(state: State, history: History, limit: number): Promise<SealedSample> {
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
