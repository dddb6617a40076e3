import type { Account, StoredMessage } from '../../src/storage/store.ts';
import { describeAccount, describeMessage, describeModel, ModelRows, type Part } from './model-rows.ts';

/** A transaction that has written something and is not answered yet. */
export type ConversationState = { parts: Part[]; revision: number };

/** The rows after so many transactions of a batch. */
type Outcome = { rows: ModelRows; text: string };

export type Survived = { rows: ModelRows; lost: ConversationState[] };

/** The storage broke its word. */
export class Broken extends Error {
  override name = 'Broken';
}

/**
 * What the storage owes, by what callers were told. It holds the rows of every acknowledged transaction, in order; the
 * batch whose answers are out; and the batches refused since the last commit. The rule for those: a change that was
 * answered with 503 or 507 is nowhere to be seen, but may surface after a crash or a restart that comes before the next
 * successful commit, since which of its bytes reached the disk is unknown. Once a later commit is acknowledged it never
 * surfaces. What a crash leaves is the acknowledged rows plus whole transactions from the front of one such batch.
 */
export class Model {
  private durable = new ModelRows();
  private tentative = new ModelRows();
  private current: ConversationState[] = [];
  private refused: ConversationState[][] = [];
  /** Made once for all crashes of one moment. */
  private readonly outcomesOf = new Map<ConversationState[], Outcome[]>();
  /** What acknowledged changes replaced, by place, with the revision of the change. */
  private readonly replaced = new Map<string, { text: string; by: number }[]>();
  /** Number of acknowledged transactions. */
  revision = 0;
  /** The highest revision anybody was shown anything of. */
  shown = 0;

  clone(): Model {
    const model = new Model();
    model.durable = this.durable.clone();
    model.tentative = this.tentative.clone();
    model.current = [...this.current];
    model.refused = [...this.refused];
    model.revision = this.revision;
    model.shown = this.shown;
    return model;
  }

  /** Rows as the next transaction sees them. */
  pending(): ModelRows {
    return this.tentative;
  }

  /** Rows as readers see them while no answer is out. */
  acknowledged(): ModelRows {
    return this.durable;
  }

  /** The revision of the newest change that waits or is acknowledged. */
  newest(): number {
    return this.revision + this.current.length;
  }

  isQuiet(): boolean {
    return this.current.length === 0;
  }

  /** A transaction wrote these parts, upon what waits. */
  begin(parts: Part[]): ConversationState {
    const entry = { parts, revision: this.newest() + 1 };
    this.tentative.apply(parts, entry.revision);
    this.current.push(entry);
    return entry;
  }

  /** Its caller was told that it is kept. @throws Broken when one before it was not */
  acknowledge(entry: ConversationState): void {
    if (this.current[0] !== entry) throw new Broken(`revision ${entry.revision} was answered out of turn`);
    this.current.shift();
    this.refused = [];
    this.noteReplaced(entry);
    this.durable.apply(entry.parts, entry.revision);
    this.revision = entry.revision;
    this.show(entry.revision);
  }

  /** The batch under way was refused as a whole. */
  refuse(): void {
    if (this.current.length === 0) return;
    this.refused.push(this.current);
    this.current = [];
    this.tentative = this.durable.clone();
  }

  /** Somebody was shown something of this revision. */
  show(revision: number): void {
    if (revision > this.newest()) throw new Broken(`revision ${revision} was shown before it was made`);
    this.shown = Math.max(this.shown, revision);
  }

  /** An account was read: it is as acknowledged, or as the batch under way makes it. @throws Broken */
  showAccount(id: string, account: Account | undefined): void {
    const text = describeAccount(account);
    const revision = this.states(this.current).findIndex(
      (rows) => describeAccount(rows.account(id)) === text,
    );
    if (revision < 0) throw new Broken(`an account was read that is neither before nor after: ${text}`);
    this.show(this.revision + revision);
  }

  /** Messages were read since a revision. @throws Broken when one is not as it was sent, or changed, by then or later */
  showMessages(messages: StoredMessage[], since: number): void {
    for (const message of messages) {
      const text = describeMessage(message);
      const isNow = (rows: ModelRows) => {
        const row = rows.messagesOf(message.conversationId)[message.seq - 1];
        return row !== undefined && describeMessage(row) === text;
      };
      const wasThen = () =>
        this.replaced.get(placeOf(message))?.some((one) => one.text === text && one.by > since);
      if (!isNow(this.tentative) && !this.states(this.current).some(isNow) && !wasThen()) {
        throw new Broken(`a message was read that was not sent so: ${text}`);
      }
      this.show(Math.max(message.rev, message.changedRev ?? 0));
    }
  }

  /**
   * What a store holds after a crash or a restart is what the callers were told and shown, and whole transactions.
   * Answers those rows, and the transactions of the batch that did not survive.
   * @throws Broken naming what is missing, or that it is neither before nor after a transaction
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

  /** Goes on from what `check` found. */
  adopt(revision: number, rows: ModelRows): void {
    this.durable = rows;
    this.tentative = rows.clone();
    this.current = [];
    this.refused = [];
    this.revision = revision;
    this.shown = revision;
  }

  private noteReplaced({ parts, revision }: ConversationState): void {
    for (const part of parts) {
      if (part.kind !== 'edit' && part.kind !== 'erase') continue;
      const row = this.durable.messagesOf(part.conversationId)[part.seq - 1];
      const before = this.replaced.get(placeOf(part)) ?? [];
      if (row) this.replaced.set(placeOf(part), [...before, { text: describeMessage(row), by: revision }]);
    }
  }

  private outcomes(batch: ConversationState[]): Outcome[] {
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
  private states(batch: ConversationState[]): ModelRows[] {
    const rows = [this.durable];
    for (const entry of batch) {
      const next = (rows.at(-1) ?? this.durable).clone();
      next.apply(entry.parts, entry.revision);
      rows.push(next);
    }
    return rows;
  }
}

function placeOf({ conversationId, seq }: { conversationId: string; seq: number }): string {
  return `${conversationId} ${seq}`;
}
