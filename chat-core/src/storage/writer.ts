import { ApiError } from '../errors.ts';
import type { Id } from '../wire/wire.ts';
import { GroupCommit } from './group-commit.ts';
import { PendingRows } from './pending-rows.ts';
import type { Changes, Rows } from './rows.ts';
import type { Account, Conversation, Tx } from './store.ts';
import { Transaction } from './transaction.ts';

/** The changes of one transaction that wrote something, and its revision. */
export type CommittedChanges = { revision: number; changes: Changes };

/** What a database that others write to as well does around a batch. */
export type Turns = {
  /** From then on no one else commits. @returns the revision of the newest commit, which `durable` contains */
  begin(): Promise<number>;
  /** Called instead of a write, when nothing is to be written. */
  abandon(): Promise<void>;
  /** The revision on which a batch may be tried without a turn; undefined when others have probably committed since. */
  expected(): number | undefined;
  /**
   * Writes a batch without a turn, as `write` does. @returns false when others have committed since `expected`: nothing is written,
   * and its transactions have to run again
   */
  tryWrite(batch: CommittedChanges[]): Promise<boolean>;
};

type Job = {
  work: (tx: Tx) => Promise<unknown>;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
};

/** Approximate limit of one write; further transactions go into the next. */
const BATCH_BYTES = 2 ** 20;

/**
 * The only writer. Transactions run one after the other, each over the rows of those before it. All that are queued
 * during a write share the next one (group commit). No caller gets a result before it is durable.
 */
export class Writer {
  private readonly durable: Rows;
  private readonly write: (batch: CommittedChanges[]) => Promise<void>;
  private readonly groupCommit: GroupCommit;
  private readonly turns: Turns | undefined;
  private revision: number;
  private queue: Job[] = [];
  private running: Promise<void> | undefined;
  private arrived: (() => void) | undefined;

  /** `write` makes a batch durable and only then visible in `durable`. When it throws, nothing has changed. */
  constructor(
    durable: Rows,
    revision: number,
    write: (batch: CommittedChanges[]) => Promise<void>,
    groupCommit: GroupCommit = new GroupCommit(),
    turns?: Turns,
  ) {
    this.groupCommit = groupCommit;
    this.turns = turns;
    this.durable = durable;
    this.revision = revision;
    this.write = write;
  }

  /** Queues a transaction; see Store.transact. */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.groupCommit.recordArrival(performance.now());
      this.queue.push({ work, resolve: resolve as (answer: unknown) => void, reject });
      this.running ??= this.run();
      this.arrived?.();
    });
  }

  /** Resolves when the queue is empty. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    await undefined;
    while (this.queue.length > 0) {
      await this.gather();
      await this.commit();
    }
    this.running = undefined;
  }

  /** Waits for more transactions as long as the group commit allows, at most until each active sender has one queued. */
  private async gather(): Promise<void> {
    const waitMs = this.groupCommit.waitMs(performance.now());
    if (waitMs === 0 || this.queue.length >= this.groupCommit.activeSenders) return;
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, waitMs);
      this.arrived = () => {
        if (this.queue.length < this.groupCommit.activeSenders) return;
        clearTimeout(timeout);
        resolve();
      };
    });
    this.arrived = undefined;
  }

  /** Runs queued transactions, up to BATCH_BYTES, and makes them durable. */
  private async commit(): Promise<void> {
    const { turns, write } = this;
    const expected = turns?.expected();
    if (turns && expected !== undefined) {
      this.revision = expected;
      // A turn is needed to refuse what rests on rows that others may have changed.
      const isDone = await this.runQueued(async (batch) => batch.length > 0 && (await turns.tryWrite(batch)));
      if (isDone) return;
    }
    if (turns && !(await this.beginTurn(turns))) return;
    await this.runQueued(async (batch) => {
      if (batch.length > 0) await write(batch);
      else await turns?.abandon();
      return true;
    });
  }

  /** Runs queued transactions, and answers them after `write`. When that returns false, they are queued again. @returns whether it did not */
  private async runQueued(write: (batch: CommittedChanges[]) => Promise<boolean>): Promise<boolean> {
    const pending = new PendingRows(this.durable);
    const batch: CommittedChanges[] = [];
    const jobs: Job[] = [];
    const answers: (() => void)[] = [];
    for (let bytes = 0; bytes < BATCH_BYTES; ) {
      const job = this.queue.shift();
      if (!job) break;
      jobs.push(job);
      const revision = this.revision + batch.length + 1;
      const transaction = new Transaction(pending, revision);
      try {
        const answer = await job.work(transaction);
        answers.push(() => job.resolve(answer));
        if (transaction.isEmpty()) continue;
        pending.apply(transaction.changes);
        batch.push({ revision, changes: transaction.changes });
        bytes += sizeOf(transaction.changes);
      } catch (error) {
        // The reason of the refusal may be a pending row: the caller learns of it only once that row is durable.
        answers.push(() => job.reject(error));
      }
    }
    try {
      if (!(await write(batch))) {
        this.queue.unshift(...jobs);
        return false;
      }
    } catch (cause) {
      const refusal = refusalOf(cause);
      for (const { reject } of jobs) reject(refusal);
      return true;
    }
    this.revision += batch.length;
    this.groupCommit.recordWrites(
      batch.flatMap(({ changes }) => changes.messages),
      performance.now(),
    );
    for (const answer of answers) answer();
    return true;
  }

  /** Without a turn all that is queued is refused. @returns whether there is one */
  private async beginTurn(turns: Turns): Promise<boolean> {
    try {
      this.revision = await turns.begin();
      return true;
    } catch (cause) {
      const refusal = refusalOf(cause);
      for (const { reject } of this.queue.splice(0)) reject(refusal);
      return false;
    }
  }
}

/** The refusal of a change that the disk did not take. */
export function refusalOf(cause: unknown): ApiError {
  const full = ['ENOSPC', 'EDQUOT'].includes((cause as NodeJS.ErrnoException).code ?? '');
  return new ApiError(full ? 'DISK_FULL' : 'STORAGE_UNAVAILABLE', { cause, retryAfter: 5 });
}

function sizeOf(changes: Changes): number {
  const { accounts, conversations, messages, edits, hidden, marks, invites, pictures, seen } = changes;
  const files = [
    ...[...messages, ...edits].flatMap(({ attachments = [] }) => attachments),
    ...changes.uploads.filter((row) => row.state === 'open'),
  ];
  const people = accounts.reduce((sum, account) => sum + idsIn(account) * 40 + 1000, 0);
  const lists = [
    ...accounts.flatMap(({ scheduled = [] }) => scheduled),
    ...edits.flatMap(({ reactions, poll }) => [reactions ?? [], poll?.votes ?? []].flat()),
  ];
  return (
    people +
    lists.reduce((sum, { content }) => sum + content.length + 200, 0) +
    conversations.reduce((sum, conversation) => sum + headerSize(conversation), 0) +
    (marks.length + hidden.length) * 150 +
    invites.length * 300 +
    (changes.uploads.length + changes.usages.length) * 150 +
    files.reduce((sum, { metadata }) => sum + metadata.content.length + 400, 0) +
    seen.length * 80 +
    pictures.reduce(
      (sum, { pieces }) => sum + pieces.reduce((all, { content }) => all + content.length, 400),
      0,
    ) +
    [...messages, ...edits].reduce((sum, { content }) => sum + content.length + 400, 0)
  );
}

function headerSize(conversation: Conversation): number {
  if (conversation.kind === 'direct') return 400;
  const { name, members, requests = [], removed = [] } = conversation.group;
  return 800 + name.content.length + members.length * 200 + (requests.length + removed.length) * 40;
}

function idsIn({
  contacts,
  blocked = [],
  asked = [],
  askedBy = [],
  departed = [],
  profile,
}: Account): number {
  const { muted = [], chats = [], stars = [] } = profile ?? {};
  const lists = (muted.length + chats.length + stars.length) * 2;
  return contacts.length + blocked.length + asked.length + askedBy.length + departed.length * 2 + lists;
}

/** The people for whom these transactions changed something they see. `rows` contains the committed rows. */
export function affectedUsers(batch: CommittedChanges[], rows: Pick<Rows, 'conversation'>): Set<Id> {
  const users = new Set<Id>();
  for (const { revision, changes } of batch) {
    for (const { id, peopleRev, contacts, profile } of changes.accounts) {
      if (peopleRev === revision || profile?.rev === revision) users.add(id);
      if (profile?.shownRev === revision) for (const contact of contacts) users.add(contact);
    }
    const ids = new Set([
      ...changes.conversations.map(({ id }) => id),
      // Imported rows are read as history once their archive is there.
      ...changes.messages.flatMap(({ conversationId, imported }) => (imported ? [] : [conversationId])),
      // Others were only resealed.
      ...changes.edits.flatMap(({ conversationId, changedRev }) =>
        changedRev === revision ? [conversationId] : [],
      ),
    ]);
    for (const { userId } of changes.hidden) users.add(userId);
    for (const id of ids) for (const member of rows.conversation(id)?.members ?? []) users.add(member);
  }
  return users;
}
