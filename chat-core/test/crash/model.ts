import type { Account, StoredMessage } from '../../src/storage/store.ts';
import { conversationOf, isFeature, rowsReplacedBy } from './model-features.ts';
import type { PromisedBytes } from './model-files.ts';
import { describeAccount, describeMessage, describeModel, ModelRows, type Part } from './model-rows.ts';

/** A transaction with changes whose result is not known yet. */
export type PendingTransaction = { parts: Part[]; revision: number };

/** The rows after a number of transactions of a batch. */
type Outcome = { rows: ModelRows; text: string };

export type Survived = { rows: ModelRows; lost: PendingTransaction[] };

/** The storage violated a guarantee. */
export class Broken extends Error {
  override name = 'Broken';
}

/**
 * The guarantees of the storage, from the results that callers got. The model contains the rows of all acknowledged
 * transactions, in order; the batch whose results are open; and the batches that were refused since the last commit. A
 * change that was refused with 503 or 507 is not visible, but may appear after a crash or a restart before the next
 * successful commit, since it is unknown which of its bytes reached the disk. After another commit it never appears.
 * After a crash the store contains the acknowledged rows and complete transactions from the start of one such batch.
 */
export class Model {
  private durable = new ModelRows();
  private tentative = new ModelRows();
  private current: PendingTransaction[] = [];
  private refused: PendingTransaction[][] = [];
  /** Cached for all crashes of one moment. */
  private readonly outcomesOf = new Map<PendingTransaction[], Outcome[]>();
  /** Messages that acknowledged changes replaced, by messageKey, with the revision of the change. */
  private readonly replaced = new Map<string, { text: string; by: number }[]>();
  /** What callers were promised of the bytes of files, by fileKey. */
  readonly files = new Map<string, PromisedBytes>();
  /** The marks of the sealed texts (markOf) of acknowledged transactions. */
  readonly marks = new Set<string>();
  /** Number of acknowledged transactions. */
  revision = 0;
  /** The highest revision of which a reader saw a row. */
  shown = 0;

  clone(): Model {
    const model = new Model();
    model.durable = this.durable.clone();
    model.tentative = this.tentative.clone();
    model.current = [...this.current];
    model.refused = [...this.refused];
    model.revision = this.revision;
    model.shown = this.shown;
    for (const [key, promised] of this.files) model.files.set(key, promised);
    for (const mark of this.marks) model.marks.add(mark);
    return model;
  }

  /** Rows as the next transaction sees them. */
  pending(): ModelRows {
    return this.tentative;
  }

  /** Rows as readers see them while no result is open. */
  acknowledged(): ModelRows {
    return this.durable;
  }

  /** The revision of the newest pending or acknowledged change. */
  newest(): number {
    return this.revision + this.current.length;
  }

  isQuiet(): boolean {
    return this.current.length === 0;
  }

  /** Records that a transaction wrote these parts over the pending rows. */
  begin(parts: Part[]): PendingTransaction {
    const transaction = { parts, revision: this.newest() + 1 };
    this.tentative.apply(parts, transaction.revision);
    this.current.push(transaction);
    return transaction;
  }

  /** Records that a transaction was acknowledged. @throws Broken when one before it was not */
  acknowledge(transaction: PendingTransaction): void {
    if (this.current[0] !== transaction)
      throw new Broken(`revision ${transaction.revision} was answered out of turn`);
    this.current.shift();
    this.refused = [];
    this.recordReplaced(transaction);
    for (const mark of marksIn(JSON.stringify(transaction.parts))) this.marks.add(mark);
    this.durable.apply(transaction.parts, transaction.revision);
    this.revision = transaction.revision;
    this.show(transaction.revision);
  }

  /** Records that the open batch was refused as a whole. */
  refuse(): void {
    if (this.current.length === 0) return;
    this.refused.push(this.current);
    this.current = [];
    this.tentative = this.durable.clone();
  }

  /** Records that a reader saw a row of this revision. */
  show(revision: number): void {
    if (revision > this.newest()) throw new Broken(`revision ${revision} was shown before it was written`);
    this.shown = Math.max(this.shown, revision);
  }

  /** Checks an account that was read: it is the acknowledged one, or one of the open batch. @throws Broken */
  showAccount(id: string, account: Account | undefined): void {
    const text = describeAccount(account);
    const revision = this.states(this.current).findIndex(
      (rows) => describeAccount(rows.account(id)) === text,
    );
    if (revision < 0) throw new Broken(`an account was read that is neither before nor after: ${text}`);
    this.show(this.revision + revision);
  }

  /** Checks messages that were read from revision `since` on. @throws Broken when one was not sent or changed like that */
  showMessages(messages: StoredMessage[], since: number): void {
    for (const message of messages) {
      const text = describeMessage(message);
      const isNow = (rows: ModelRows) => {
        const row = rows.messagesOf(message.conversationId)[message.seq - 1];
        return row !== undefined && describeMessage(row) === text;
      };
      const wasThen = () =>
        this.replaced.get(messageKey(message))?.some((one) => one.text === text && one.by > since);
      if (!isNow(this.tentative) && !this.states(this.current).some(isNow) && !wasThen()) {
        throw new Broken(`a message was read that was not sent so: ${text}`);
      }
      this.show(Math.max(message.rev, message.changedRev ?? 0));
    }
  }

  /**
   * Checks the rows of a store after a crash or a restart: those that were acknowledged or shown, and complete transactions.
   * @returns the rows, and the transactions of the batch that did not survive
   * @throws Broken naming what is missing, or an incomplete transaction
   */
  check(revision: number, text: string): Survived {
    if (revision < this.shown)
      throw new Broken(`revision ${this.shown} was shown, the disk ends at ${revision}`);
    const count = revision - this.revision;
    for (const batch of [this.current, ...this.refused]) {
      const outcome = this.outcomes(batch)[count];
      if (outcome?.text === text) return { rows: outcome.rows, lost: batch.slice(count) };
    }
    throw new Broken(`at revision ${revision}, with ${this.revision} acknowledged, stands\n${text}`);
  }

  /** Continues from the rows that `check` returned. */
  adopt(revision: number, rows: ModelRows): void {
    this.durable = rows;
    this.tentative = rows.clone();
    this.current = [];
    this.refused = [];
    this.revision = revision;
    this.shown = revision;
  }

  private recordReplaced({ parts, revision }: PendingTransaction): void {
    for (const part of parts) {
      for (const row of this.rowsReplacedBy(part)) {
        const before = this.replaced.get(messageKey(row)) ?? [];
        this.replaced.set(messageKey(row), [...before, { text: describeMessage(row), by: revision }]);
      }
    }
  }

  /** The row that an edit or a deletion replaces, and all rows of a group that is deleted. */
  private rowsReplacedBy(part: Part): StoredMessage[] {
    if (part.kind === 'group') return part.members.length === 0 ? this.durable.messagesOf(part.id) : [];
    if (isFeature(part)) return rowsReplacedBy(part, this.durable.messagesOf(conversationOf(part)));
    if (part.kind !== 'edit' && part.kind !== 'erase') return [];
    return this.durable.messagesOf(part.conversationId).slice(part.seq - 1, part.seq);
  }

  private outcomes(batch: PendingTransaction[]): Outcome[] {
    const known = this.outcomesOf.get(batch);
    if (known?.length === batch.length + 1) return known;
    const outcomes = this.states(batch).map((rows, n) => ({
      rows,
      text: describeModel(rows, this.revision + n),
    }));
    this.outcomesOf.set(batch, outcomes);
    return outcomes;
  }

  /** The rows after 0, 1, 2… transactions of a batch. */
  private states(batch: PendingTransaction[]): ModelRows[] {
    const rows = [this.durable];
    for (const transaction of batch) {
      const next = (rows.at(-1) ?? this.durable).clone();
      next.apply(transaction.parts, transaction.revision);
      rows.push(next);
    }
    return rows;
  }
}

/** The unique beginnings of sealed texts, in text or in the bytes of a disk. */
export function marksIn(text: string): Set<string> {
  return new Set(text.match(/sealed \d{10} /g));
}

function messageKey({ conversationId, seq }: { conversationId: string; seq: number }): string {
  return `${conversationId} ${seq}`;
}
