import type { Random } from '../crash/random.ts';
import {
  guardedWriteOf,
  nothing,
  readRows,
  renewalOf,
  sqlError,
  Tables,
  Violation,
  type Write,
  writeOf,
} from './simulated-tables.ts';
import type { VirtualTime } from './virtual-time.ts';

const LOCK_TIMEOUT_MS = 10_000;
const IDLE_IN_COMMIT_MS = 5000;

type Rows = { rows: object[] };
/** Gets the results of a request, or its error. */
export type Answer = (error: Error | undefined, results?: Rows | Rows[]) => void;

/** The side of the database of a connection. */
export type Session = {
  isEnded: boolean;
  listens: boolean;
  isInTransaction: boolean;
  write: Write | undefined;
  /** What a transaction that reads sees. */
  snapshot: Tables | undefined;
  /** Number of its requests: a time limit that began before another one is over. */
  requests: number;
  onNotification: (channel: string, payload: string) => void;
  onNotice: (message: string) => void;
  onEnd: () => void;
};

export type DatabaseOptions = {
  time: VirtualTime;
  random: Random;
  /** Whether a commit waits for the standby. */
  isSynchronous: boolean;
  /** Planted fault: the row of the box is read before it is locked. */
  readsBeforeLock?: boolean;
};

/** `staysAlone`: it goes on when its connection has ended, of which the database does not learn meanwhile. */
type Waiting = { session: Session; start: () => void; staysAlone?: boolean };

/** A PostgreSQL with a standby, as far as cores can tell: one lock, transactions, a log of commits, notices. */
export class SimulatedDatabase {
  tables = new Tables();
  isUp = true;
  /** Answers come at once, and nothing is written later. */
  isInstant = true;
  standbyIsAway = false;
  /** When commits that were seen got lost, and the newest revision that remained. */
  readonly losses: { at: number; kept: number }[] = [];
  /** Revisions that became visible although the standby, for which commits wait, did not have them. */
  unconfirmedRevisions = new Set<number>();
  /** The first thing that must not happen. */
  violation: Error | undefined;
  private log: Write[] = [];
  /** So much of it the standby has. */
  private replicated = 0;
  /** Counts the times that the standby took over, and all starts. */
  private takeovers = 0;
  private starts = 0;
  private readonly sessions = new Set<Session>();
  private lockedBy: Session | undefined;
  private waiting: Waiting[] = [];
  /** The commit that is in the log and waits for the standby. */
  private unconfirmed: { session: Session; write: Write; answer: Answer } | undefined;
  readonly options: DatabaseOptions;

  constructor(options: DatabaseOptions) {
    this.options = options;
  }

  open(session: Session): void {
    this.sessions.add(session);
  }

  /** A connection is gone: its transaction is lost, unless its commit is in the log. */
  end(session: Session): void {
    if (session.isEnded) return;
    session.isEnded = true;
    this.sessions.delete(session);
    if (this.unconfirmed?.session !== session) this.finish(session);
  }

  request(session: Session, text: string, values: unknown[], answer: Answer): void {
    session.requests += 1;
    try {
      const results = this.execute(session, text, values, answer);
      if (results) answer(undefined, results);
    } catch (error) {
      if (error instanceof Violation) this.violation ??= error;
      answer(error as Error);
    }
    this.limitIdle(session);
  }

  /** @returns the results, undefined when the answer comes later */
  private execute(
    session: Session,
    text: string,
    values: unknown[],
    answer: Answer,
  ): Rows | Rows[] | undefined {
    if (text.startsWith('with w0 as (insert into epochs')) {
      session.write = renewalOf(String(values[0]), this.server);
    } else if (text.startsWith('with guard ')) {
      this.tryCommit(session, guardedWriteOf(text, values), answer);
      return undefined;
    } else if (text.startsWith('with ')) {
      if (!session.isInTransaction) throw new Violation('rows were written without a transaction');
      session.write = writeOf(text, values);
      this.requireNew(session.write);
    } else if (text === 'commit' && (session.write || this.lockedBy === session)) {
      this.commit(session, session.write ?? nothing, answer);
      return undefined;
    } else if (text === 'commit' || text === 'rollback') {
      this.finish(session);
    } else if (text.startsWith('begin; select')) {
      session.isInTransaction = true;
      this.readBox(session, text.includes('for update'), answer);
      return undefined;
    } else if (text.startsWith('begin')) {
      session.isInTransaction = true;
      if (text.includes('repeatable read')) session.snapshot = this.copy();
    } else if (text.startsWith('listen ')) {
      session.listens = true;
    } else if (text.includes('advisory')) {
      // Which cores live is not simulated: no core takes messages over.
      return { rows: [] };
    } else if (text.startsWith('select server is not distinct')) {
      return { rows: [{ known: this.tables.box.server === this.server }] };
    } else {
      return { rows: readRows(session.snapshot ?? this.tables, text, values) };
    }
    return { rows: [] };
  }

  private get server(): string {
    return `start ${this.starts}`;
  }

  private readBox(session: Session, isLocked: boolean, answer: Answer): void {
    const early = { ...this.tables.box };
    const start = () => {
      const box = this.options.readsBeforeLock ? early : { ...this.tables.box };
      answer(undefined, [{ rows: [] }, { rows: [box] }]);
      this.limitIdle(session);
    };
    if (isLocked) this.lock({ session, start }, answer);
    else start();
  }

  /** A transaction of one statement, which writes on one commit only. */
  private tryCommit(session: Session, write: ReturnType<typeof guardedWriteOf>, answer: Answer): void {
    const start = () => {
      if (write.isOn(this.tables))
        this.commit(session, write, (error) => answer(error, error ? undefined : { rows: [{}] }));
      else {
        this.finish(session);
        answer(undefined, { rows: [] });
      }
    };
    this.lock({ session, start, staysAlone: true }, answer);
  }

  private lock(waiting: Waiting, answer: Answer): void {
    if (!this.lockedBy) {
      this.lockedBy = waiting.session;
      waiting.start();
      return;
    }
    this.waiting.push(waiting);
    this.options.time.after(LOCK_TIMEOUT_MS, undefined, () => {
      if (!this.waiting.includes(waiting)) return;
      this.waiting = this.waiting.filter((one) => one !== waiting);
      answer(sqlError('55P03', 'canceling statement due to lock timeout'));
    });
  }

  private commit(session: Session, write: Write, answer: Answer): void {
    this.requireNew(write);
    this.log.push(write);
    if (this.unconfirmed) throw new Violation('two transactions commit at once');
    if (this.options.isSynchronous && !this.isInstant) this.unconfirmed = { session, write, answer };
    else this.complete(session, write, answer);
    this.replicate();
  }

  /** The primary key of the records of commits. A core that keeps the order never meets it. */
  private requireNew({ revisions }: Write): void {
    const taken = revisions.find((revision) => this.tables.commits.has(revision));
    if (taken === undefined) return;
    this.violation ??= new Violation(`commit ${taken} was written twice`);
    throw sqlError('23505', 'duplicate key value violates unique constraint "commits_pkey"');
  }

  /** Sends the log to the standby: what is in it now is there later. */
  replicate(): void {
    const { takeovers, log } = this;
    const { length } = log;
    const { time, random } = this.options;
    if (this.isInstant) this.replicated = length;
    else if (!this.standbyIsAway)
      time.after(random.chance(0.9) ? random() * 5 : random() * 400, undefined, () => {
        if (this.standbyIsAway || this.takeovers !== takeovers) return;
        for (const { revisions } of this.log.slice(this.replicated, length))
          for (const revision of revisions) this.unconfirmedRevisions.delete(revision);
        this.replicated = Math.max(this.replicated, length);
        if (this.replicated === this.log.length) this.confirm();
      });
  }

  /** The wait for the standby was given up by an administrator: the commit counts, and may not be replicated. */
  cancelWait(): void {
    if (!this.unconfirmed) return;
    this.unconfirmed.session.onNotice('The transaction might not have been replicated to the standby.');
    this.recordUnconfirmed();
    this.confirm();
  }

  private recordUnconfirmed(): void {
    for (const { revisions } of this.log.slice(this.replicated))
      for (const revision of revisions) this.unconfirmedRevisions.add(revision);
  }

  private confirm(): void {
    const commit = this.unconfirmed;
    this.unconfirmed = undefined;
    if (commit) this.complete(commit.session, commit.write, commit.answer);
  }

  /** A commit becomes visible, and its lock free. */
  private complete(session: Session, write: Write, answer: Answer): void {
    try {
      write.apply(this.tables);
    } catch (error) {
      this.violation ??= error as Error;
    }
    this.finish(session);
    answer(undefined, { rows: [] });
    const { notice } = write;
    if (notice === undefined) return;
    for (const one of this.sessions) if (one.listens) one.onNotification('bisik_commits', notice);
  }

  /** The end of a transaction. Any of those that wait has the next turn. */
  private finish(session: Session): void {
    session.isInTransaction = false;
    session.write = undefined;
    session.snapshot = undefined;
    this.waiting = this.waiting.filter((one) => one.session !== session || one.staysAlone);
    if (this.lockedBy !== session) return;
    this.lockedBy = undefined;
    if (this.waiting.length === 0) return;
    const next = this.options.random.pick(this.waiting);
    this.waiting = this.waiting.filter((one) => one !== next);
    this.lockedBy = next.session;
    next.start();
  }

  private limitIdle(session: Session): void {
    if (!session.isInTransaction || this.isInstant) return;
    const { requests } = session;
    this.options.time.after(IDLE_IN_COMMIT_MS, undefined, () => {
      const isWaiting = this.waiting.some((one) => one.session === session);
      if (isWaiting || this.unconfirmed?.session === session || session.requests !== requests) return;
      if (!session.isInTransaction || session.isEnded) return;
      this.end(session);
      session.onEnd();
    });
  }

  /** The database stops and starts again: commits that are in its log are durable, and visible. */
  restart(downMs: number): void {
    if (this.options.isSynchronous) this.recordUnconfirmed();
    this.stop(downMs);
  }

  /** The standby takes over with what it has, under the same address. */
  failOver(downMs: number): void {
    const { revision: seen, epoch } = this.tables.box;
    this.log = this.log.slice(0, this.replicated);
    this.takeovers += 1;
    this.stop(downMs);
    const { box } = this.tables;
    this.unconfirmedRevisions = new Set();
    const kept = box.revision;
    if (kept < seen || box.epoch !== epoch) this.losses.push({ at: this.options.time.now, kept });
  }

  private stop(downMs: number): void {
    this.isUp = false;
    this.starts += 1;
    this.unconfirmed = undefined;
    this.waiting = [];
    this.lockedBy = undefined;
    for (const session of this.sessions) {
      session.isEnded = true;
      session.onEnd();
    }
    this.sessions.clear();
    this.tables = this.copy();
    this.options.time.after(downMs, undefined, () => {
      this.isUp = true;
      this.replicate();
    });
  }

  /** The rows after all commits of the log. */
  private copy(): Tables {
    const tables = new Tables();
    for (const write of this.log) if (write !== this.unconfirmed?.write) write.apply(tables);
    return tables;
  }
}
