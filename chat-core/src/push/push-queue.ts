import type { Id } from '../wire/wire.ts';

/** Pushes in the queue; beyond, one of the conversation that has the most is dropped. */
const MAX_JOBS = 4000;
/** Each running attempt costs a few milliseconds of sealing and a connection. */
const MAX_RUNNING = 4;
/** Milliseconds before each retry; after the last one the push is dropped. */
const RETRY_DELAYS_MS = [10_000, 60_000, 300_000];
const MAX_DELAY_MS = 600_000;

/** Tries to send; `undefined` when there is nothing more to do, else after how many seconds it may be retried. */
export type Attempt = () => Promise<{ retryAfter: number } | undefined>;
/** A push: of one conversation, to one device. */
export type PushKey = { conversationId: Id; deviceId: Id };

type Job = { attempt: Attempt; failures: number; timer?: NodeJS.Timeout };
/** The pushes of one conversation, by device. */
type Lane = { ready: Map<Id, Job>; delayed: Map<Id, Job> };

/**
 * Pushes to send: a few at once, each retried a few times. Conversations take turns, so that a busy group does not delay
 * others. A new push takes the place of a waiting one of the same key. In memory only: a restart forgets them, the messages
 * themselves are stored elsewhere.
 */
export class PushQueue {
  private readonly lanes = new Map<Id, Lane>();
  /** Conversations with a push that is ready, the next one first. */
  private readonly turns = new Set<Id>();
  private jobs = 0;
  private running = 0;
  private isClosed = false;

  /** Pushes that wait for their turn or their retry. */
  get size(): number {
    return this.jobs;
  }

  add({ conversationId, deviceId }: PushKey, attempt: Attempt): void {
    if (this.isClosed) return;
    const lane = this.lanes.get(conversationId);
    // A pause that the push service required applies to the new push too.
    const waiting = lane?.delayed.get(deviceId) ?? lane?.ready.get(deviceId);
    if (waiting) {
      waiting.attempt = attempt;
      return;
    }
    this.makeReady({ conversationId, deviceId }, { attempt, failures: 0 });
    if (this.jobs > MAX_JOBS) this.dropOne();
    this.runReady();
  }

  close(): void {
    this.isClosed = true;
    for (const { delayed } of this.lanes.values()) {
      for (const { timer } of delayed.values()) clearTimeout(timer);
    }
    this.lanes.clear();
    this.turns.clear();
    this.jobs = 0;
  }

  private makeReady({ conversationId, deviceId }: PushKey, job: Job): void {
    this.laneOf(conversationId).ready.set(deviceId, job);
    this.turns.add(conversationId);
    this.jobs += 1;
  }

  private runReady(): void {
    while (this.running < MAX_RUNNING) {
      const next = this.takeNext();
      if (!next) return;
      this.running += 1;
      void this.run(next.key, next.job).finally(() => {
        this.running -= 1;
        this.runReady();
      });
    }
  }

  /** The oldest push of the conversation whose turn it is. */
  private takeNext(): { key: PushKey; job: Job } | undefined {
    const [conversationId] = this.turns;
    const [first] = (conversationId && this.lanes.get(conversationId)?.ready) || [];
    if (!conversationId || !first) return undefined;
    const key = { conversationId, deviceId: first[0] };
    this.turns.delete(conversationId);
    this.remove(key, 'ready');
    if (this.lanes.get(conversationId)?.ready.size) this.turns.add(conversationId);
    return { key, job: first[1] };
  }

  private async run(key: PushKey, job: Job): Promise<void> {
    const { conversationId, deviceId } = key;
    const retry = await job.attempt().catch(() => ({ retryAfter: 0 }));
    const delayMs = RETRY_DELAYS_MS[job.failures];
    if (!retry || delayMs === undefined || this.isClosed) return;
    if (this.lanes.get(conversationId)?.ready.has(deviceId)) return;
    job.failures += 1;
    const ms = Math.min(Math.max(delayMs, retry.retryAfter * 1000), MAX_DELAY_MS);
    job.timer = setTimeout(() => {
      this.remove(key, 'delayed');
      this.makeReady(key, job);
      this.runReady();
    }, ms).unref();
    this.laneOf(conversationId).delayed.set(deviceId, job);
    this.jobs += 1;
    if (this.jobs > MAX_JOBS) this.dropOne();
  }

  /** Drops the oldest retry of the conversation with the most pushes, or its oldest push. */
  private dropOne(): void {
    let largest: [Id, Lane] | undefined;
    for (const one of this.lanes) if (!largest || sizeOf(one[1]) > sizeOf(largest[1])) largest = one;
    if (!largest) return;
    const [conversationId, lane] = largest;
    const kind = lane.delayed.size > 0 ? 'delayed' : 'ready';
    const [first] = lane[kind];
    if (!first) return;
    clearTimeout(first[1].timer);
    this.remove({ conversationId, deviceId: first[0] }, kind);
  }

  private remove({ conversationId, deviceId }: PushKey, kind: keyof Lane): void {
    const lane = this.lanes.get(conversationId);
    if (!lane?.[kind].delete(deviceId)) return;
    this.jobs -= 1;
    if (lane.ready.size === 0) this.turns.delete(conversationId);
    if (sizeOf(lane) === 0) this.lanes.delete(conversationId);
  }

  private laneOf(conversationId: Id): Lane {
    const lane = this.lanes.get(conversationId) ?? { ready: new Map(), delayed: new Map() };
    this.lanes.set(conversationId, lane);
    return lane;
  }
}

const sizeOf = ({ ready, delayed }: Lane) => ready.size + delayed.size;
