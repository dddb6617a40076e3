import type { Changes } from '../../rows.ts';
import type { SentMessage } from '../../shared-database.ts';
import type { Signals } from '../../signals.ts';
import type { StoredMessage } from '../../store.ts';
import type { CommitRecord } from '../commits/commit-record.ts';
import { keyOfCore } from './living-cores.ts';

const CHECK_MS = 3000;
/** After so many checks, 6 to 9 s, a core that lives has pushed, or has none to push to: the delay of a push is 5 s. */
const WATCHED_CHECKS = 3;
/** Messages of other cores that are watched; beyond, the oldest count as announced. */
const MAX_WATCHED = 5000;
/** Own messages whose commit may be durable or not. */
const MAX_UNCERTAIN = 1000;

type Watched = SentMessage & { core: string; checks: number };

type Deps = {
  /** Names this process. */
  core: string;
  /** The keys of the processes that are there now, this one among them while it can hear the others. */
  livingCores: () => Promise<Set<string>>;
  signals: Pick<Signals, 'onSignal'>;
  checkMs?: number;
};

/**
 * Finds messages that no core has announced: each core watches those of the others for some seconds, until they signal
 * that they have pushed, and of a core that ended before the first of the living ones takes them over. Nothing is written for it,
 * and without messages of others there is no timer. A signal that is lost may lead to a second push: at least once, mostly once.
 */
export class OrphanedMessages {
  private readonly deps: Required<Deps>;
  /** The oldest first. */
  private watched: Watched[] = [];
  private readonly uncertain = new Set<string>();
  private readonly listeners = new Set<(of: SentMessage) => void>();
  /** Cores that were missing at the last check: one that connects anew is missing for a moment. */
  private missing = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(deps: Deps) {
    this.deps = { checkMs: CHECK_MS, ...deps };
    deps.signals.onSignal((signal, core) => {
      if (signal.kind !== 'pushed') return;
      const key = keyOfCore(core);
      const isPushed = (one: Watched) =>
        one.core === key && one.conversationId === signal.conversationId && one.seq <= signal.seq;
      this.watched = this.watched.filter((one) => !isPushed(one));
    });
  }

  onOrphaned(listener: (of: SentMessage) => void): void {
    this.listeners.add(listener);
  }

  /** A commit of this core failed; it may be durable all the same. */
  failed(batch: { changes: Pick<Changes, 'messages'> }[]): void {
    for (const { changes } of batch) for (const { id } of changes.messages) this.uncertain.add(id);
    for (const id of this.uncertain) {
      if (this.uncertain.size <= MAX_UNCERTAIN) break;
      this.uncertain.delete(id);
    }
  }

  /** These commits were applied. */
  applied(records: Pick<CommitRecord, 'core' | 'changes'>[]): void {
    for (const { core, changes } of records) {
      for (const row of changes.messages ?? []) {
        const isUncertain = this.uncertain.delete(row.id);
        if (!isSent(row)) continue;
        if (core !== this.deps.core) this.watch(row, core);
        else if (isUncertain) this.announce(row);
      }
    }
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private watch({ conversationId, seq }: StoredMessage, core: string): void {
    this.watched.push({ conversationId, seq, core: keyOfCore(core), checks: 0 });
    if (this.watched.length > MAX_WATCHED) this.watched.shift();
    this.schedule();
  }

  private schedule(): void {
    if (this.isClosed || this.timer) return;
    this.timer = setTimeout(() => {
      void this.check()
        // While the database is away no one can be missed.
        .catch(() => {})
        .finally(() => {
          this.timer = undefined;
          if (this.watched.length > 0) this.schedule();
        });
    }, this.deps.checkMs).unref();
  }

  private async check(): Promise<void> {
    for (const one of this.watched) one.checks += 1;
    const due = this.watched.filter(({ checks }) => checks >= WATCHED_CHECKS);
    if (due.length === 0) return;
    const own = keyOfCore(this.deps.core);
    const living = await this.deps.livingCores();
    // Who cannot hear does not know what others have pushed.
    if (!living.has(own)) return;
    const missing = new Set(due.map(({ core }) => core).filter((core) => !living.has(core)));
    const ended = missing.intersection(this.missing);
    this.missing = missing;
    const stays = new Set(due.filter(({ core }) => missing.has(core) && !ended.has(core)));
    const orphaned = due.filter((one) => ended.has(one.core) && this.watched.includes(one));
    this.watched = this.watched.filter((one) => one.checks < WATCHED_CHECKS || stays.has(one));
    const [first] = [...living].sort();
    if (first === own) for (const one of orphaned) this.announce(one);
  }

  private announce({ conversationId, seq }: SentMessage): void {
    for (const listener of this.listeners) listener({ conversationId, seq });
  }
}

/** Whether a message is one that its author has just sent. */
const isSent = ({ event, imported, deletedAt }: StoredMessage) =>
  !event && !imported && deletedAt === undefined;
