import type { Id } from '../wire/wire.ts';
import type { PushSlots } from './push-slots.ts';

/** Pushes in the queue; beyond, the accounts with the most lose some, those to hosts that do not answer first. */
const MAX_JOBS = 4000;
const DROPPED_AT_ONCE = 100;
/** Milliseconds before each retry; after the last one the push is dropped. */
const RETRY_DELAYS_MS = [10_000, 60_000, 300_000];
const MAX_DELAY_MS = 600_000;
/** A push that could not be sent for so long is dropped: its host rests. */
const MAX_AGE_MS = 900_000;

/**
 * What became of an attempt. `hasAnswered`: whether the push service answered, undefined when it was not asked.
 * `retryAfter`: after how many seconds the push may be retried, undefined when there is nothing more to do.
 */
export type Outcome = { hasAnswered?: boolean; retryAfter?: number };
export type Attempt = () => Promise<Outcome>;
/** A push: of one conversation, to one device of an account, whose push service has this host. */
export type PushKey = { accountId: Id; conversationId: Id; deviceId: Id; host: string };

type Job = PushKey & {
  attempt: Attempt;
  failures: number;
  addedAt: number;
  /** The place in the order of the ready ones. */
  tag: number;
  timer?: NodeJS.Timeout;
};
/** The ready pushes of an account or of a conversation: how many, and the tag of the last. */
type Share = { count: number; lastTag: number };

const keyOf = ({ conversationId, deviceId }: PushKey) => `${conversationId} ${deviceId}`;
const laneOf = ({ accountId, host }: PushKey) => `${accountId} ${host}`;

/**
 * Pushes to send: a few at once, each retried a few times. Accounts and conversations take turns, by start-time fair
 * queuing (Goyal, Vin, Cheng 1996): the next push of an account, or of a busy group, stands behind one of everybody else.
 * A new push takes the place of a waiting one of the same conversation and device. In memory only: a restart forgets
 * them, the messages themselves are stored elsewhere.
 */
export class PushQueue {
  private readonly slots: PushSlots;
  private readonly jobs = new Map<string, Job>();
  /** The ready ones of each account and host, in the order of their tags. */
  private readonly lanes = new Map<string, Set<Job>>();
  private readonly shares = new Map<Id, Share>();
  private readonly now: () => number;
  private lastStartedTag = 0;
  private wakesAt = Number.POSITIVE_INFINITY;
  private wakeTimer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(slots: PushSlots, now: () => number = () => performance.now()) {
    this.slots = slots;
    this.now = now;
  }

  /** Pushes that wait for their turn or their retry. */
  get size(): number {
    return this.jobs.size;
  }

  add(key: PushKey, attempt: Attempt): void {
    if (this.isClosed) return;
    const waiting = this.jobs.get(keyOf(key));
    // A pause that the push service required applies to the new push too.
    if (waiting?.host === key.host) {
      waiting.attempt = attempt;
      waiting.addedAt = this.now();
      return;
    }
    if (waiting) this.remove(waiting);
    this.makeReady({ ...key, attempt, failures: 0, addedAt: this.now(), tag: 0 });
    this.dropBeyondLimit();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.wakeTimer);
    for (const { timer } of this.jobs.values()) clearTimeout(timer);
    this.jobs.clear();
    this.lanes.clear();
    this.shares.clear();
  }

  /** Starts a push at once where it may run: no other waits that may, as each end of an attempt starts those. */
  private makeReady(job: Job): void {
    const waitMs = this.slots.waitMs(job.accountId, job.host);
    const shares = [this.shareOf(job.accountId), this.shareOf(job.conversationId)];
    job.tag = 1 + Math.max(this.lastStartedTag, ...shares.map(({ lastTag }) => lastTag));
    for (const share of shares) {
      share.count += 1;
      share.lastTag = job.tag;
    }
    const lane = this.lanes.get(laneOf(job)) ?? new Set();
    this.lanes.set(laneOf(job), lane.add(job));
    this.jobs.set(keyOf(job), job);
    if (waitMs === 0) this.start(job);
    else this.wakeIn(waitMs);
  }

  /** Starts all that may run now. */
  private startReady(): void {
    for (;;) {
      const job = this.findNext();
      if (!job) return;
      if (this.now() - job.addedAt > MAX_AGE_MS) this.remove(job);
      else this.start(job);
    }
  }

  /** The first ready push that may run. */
  private findNext(): Job | undefined {
    let next: Job | undefined;
    for (const [first] of this.lanes.values()) {
      if (!first || (next && next.tag <= first.tag)) continue;
      const waitMs = this.slots.waitMs(first.accountId, first.host);
      if (waitMs === 0) next = first;
      else this.wakeIn(waitMs);
    }
    return next;
  }

  /** Looks again when time alone lets a push run: its host has rested, or its account has a turn again. */
  private wakeIn(ms: number): void {
    const at = this.now() + ms;
    if (this.isClosed || at >= this.wakesAt) return;
    clearTimeout(this.wakeTimer);
    this.wakesAt = at;
    this.wakeTimer = setTimeout(() => {
      this.wakesAt = Number.POSITIVE_INFINITY;
      this.startReady();
    }, Math.ceil(ms)).unref();
  }

  private start(job: Job): void {
    this.remove(job);
    this.lastStartedTag = Math.max(this.lastStartedTag, job.tag);
    void this.run(job);
  }

  private async run(job: Job): Promise<void> {
    const end = this.slots.start(job.accountId, job.host);
    const outcome = await job.attempt().catch((): Outcome => ({ retryAfter: 0 }));
    end(outcome.hasAnswered);
    this.retry(job, outcome.retryAfter);
    this.startReady();
  }

  private retry(job: Job, retryAfter: number | undefined): void {
    const delayMs = RETRY_DELAYS_MS[job.failures];
    if (retryAfter === undefined || delayMs === undefined || this.isClosed) return;
    if (this.jobs.has(keyOf(job))) return;
    job.failures += 1;
    const ms = Math.min(Math.max(delayMs, retryAfter * 1000), MAX_DELAY_MS);
    job.timer = setTimeout(() => {
      delete job.timer;
      this.makeReady(job);
    }, ms).unref();
    this.jobs.set(keyOf(job), job);
    this.dropBeyondLimit();
  }

  /** Makes room for a while: finding the largest shares costs a look at all pushes. */
  private dropBeyondLimit(): void {
    if (this.jobs.size <= MAX_JOBS) return;
    let count = DROPPED_AT_ONCE;
    const isFailing = ({ host }: Job) => this.slots.isUnanswered(host);
    for (const candidates of [[...this.jobs.values()].filter(isFailing), [...this.jobs.values()]]) {
      for (const job of largestShares(candidates, count)) {
        this.remove(job);
        count -= 1;
      }
    }
  }

  private remove(job: Job): void {
    this.jobs.delete(keyOf(job));
    if (job.timer) {
      clearTimeout(job.timer);
      delete job.timer;
      return;
    }
    const lane = this.lanes.get(laneOf(job));
    lane?.delete(job);
    if (lane?.size === 0) this.lanes.delete(laneOf(job));
    for (const id of [job.accountId, job.conversationId]) {
      const share = this.shareOf(id);
      share.count -= 1;
      if (share.count === 0) this.shares.delete(id);
    }
  }

  private shareOf(id: Id): Share {
    const share = this.shares.get(id) ?? { count: 0, lastTag: 0 };
    this.shares.set(id, share);
    return share;
  }
}

/** The oldest pushes of the accounts that have the most of these, so that the largest shares become equal. */
function largestShares(jobs: Job[], count: number): Job[] {
  const byAccount = Map.groupBy(jobs, ({ accountId }) => accountId);
  const shares = [...byAccount.values()].sort((a, b) => b.length - a.length);
  const taken: Job[] = [];
  for (let level = shares[0]?.length ?? 0; level > 0; level--) {
    for (const share of shares) {
      if (taken.length >= count) return taken;
      if (share.length < level) break;
      const job = share[share.length - level];
      if (job) taken.push(job);
    }
  }
  return taken;
}
