import type { Uploads } from '../attachments/uploads.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { ciphertextsOf } from '../cipher/sealed-fields.ts';
import type { Log } from '../log.ts';
import { SWEEP_LAG_MS } from '../storage/expiry-queues.ts';
import type { Conversation, ExpiryProgress, ExpiryQueue, Store } from '../storage/store.ts';
import type { Id } from '../wire/wire.ts';
import { dueRows, retainedRows, soonest } from './due-rows.ts';

/** Messages that expire within this time are emptied by one sweep. */
const GATHER_MS = 60_000;
/** After each slice of a retention it rests so many times as long as the slice took, so that sends do not wait. */
const REST_FACTOR = 4;
const DAY_MS = 24 * 3_600_000;

/** `box.retentionDays`: after how many days every message of the box expires, as it is now; 0: never. */
export type SweepDeps = {
  store: Store;
  cipher: Pick<Cipher, 'forget'>;
  uploads: Pick<Uploads, 'removeDiscarded'>;
  box: { retentionDays: number };
  log: Log;
};

/** What is known of a conversation beyond its header, so that no row is read twice while the process runs. */
type Known = { queues: ExpiryQueue[]; retention?: { ms: number; from: number; nextAt: number } };

/**
 * Empties the messages that have expired: those of the conversations whose messages do, and what is older than the
 * retention of the box. Where nothing is due it looks only at headers in memory, and writes nothing.
 */
export class ExpirySweep {
  private readonly deps: SweepDeps;
  private readonly known = new Map<Id, Known>();
  private readonly ended = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(deps: SweepDeps) {
    this.deps = deps;
  }

  /** Sweeps from now on, whenever something expires. @returns a promise of the first sweep, which does not rest */
  start(): Promise<void> {
    const first = this.run(false);
    void first.then(() => this.schedule(0));
    return first;
  }

  /** Ends the sweeps. */
  close(): void {
    this.ended.abort();
    clearTimeout(this.timer);
  }

  /** Sweeps once, after a sweep that is running. What fails is tried again by the next one. */
  run(withRetention = true): Promise<void> {
    this.running = this.running.then(() => this.sweep(withRetention));
    return this.running;
  }

  private schedule(ms: number): void {
    if (this.ended.signal.aborted) return;
    this.timer = setTimeout(async () => {
      await this.run();
      const wait = this.nextAt() - this.deps.store.time.now();
      this.schedule(Math.min(Math.max(wait, GATHER_MS), SWEEP_LAG_MS));
    }, ms).unref();
  }

  private nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { queues, retention } of this.known.values())
      for (const { nextAt } of retention ? [...queues, retention] : queues) next = Math.min(next, nextAt);
    return next;
  }

  private async sweep(withRetention: boolean): Promise<void> {
    const { store, box, log } = this.deps;
    for (const id of store.allIds().conversations) {
      try {
        await this.expire(id);
        if (withRetention && box.retentionDays > 0) await this.retain(id, box.retentionDays * DAY_MS);
      } catch (error) {
        if (this.ended.signal.aborted) return;
        log.warn(
          { err: error },
          'messages that have expired could not be removed; it is tried again in minutes',
        );
      }
    }
  }

  /** Empties the messages of a conversation whose own time has come. */
  private async expire(id: Id): Promise<void> {
    const { store } = this.deps;
    for (let more = true; more && !this.ended.signal.aborted; ) {
      const header = await this.headerOf(id);
      const queues = header && this.queuesOf(header);
      if (!header || !queues || queues.length === 0) return;
      const due = await dueRows(header, queues, store.time, (after, limit) =>
        store.messages(id, { after, limit }),
      );
      if (due.seqs.length > 0 || due.more) await this.empty(id, due.seqs, due.progress);
      this.known.set(id, { ...this.known.get(id), queues: due.progress.queues ?? [] });
      more = due.more;
    }
  }

  /** Empties the messages of a conversation that are older than `ms`, slice by slice. */
  private async retain(id: Id, ms: number): Promise<void> {
    const { store } = this.deps;
    for (let more = true; more && !this.ended.signal.aborted; ) {
      const header = await this.headerOf(id);
      if (!header || header.lastSeq === 0) return;
      const { queues = [], retention } = this.known.get(id) ?? {};
      const same = retention?.ms === ms ? retention : undefined;
      const now = store.time.now();
      if (same && same.nextAt > now) return;
      const start = performance.now();
      const from = Math.max(header.retainedFrom ?? 1, same?.from ?? 1);
      const read = (after: number, limit: number) => store.messages(id, { after, limit });
      const due = await retainedRows(header, from, ms, store.time, read);
      const { seqs, retainedFrom, oldestAt } = due;
      if (seqs.length > 0 || due.more) await this.empty(id, seqs, { retainedFrom });
      const nextAt = due.more ? now : Number.isFinite(oldestAt) ? oldestAt + ms : soonest(now, ms);
      this.known.set(id, { queues, retention: { ms, from: retainedFrom, nextAt } });
      more = due.more;
      if (seqs.length > 0) await pause((performance.now() - start) * REST_FACTOR, this.ended.signal);
    }
  }

  private async headerOf(id: Id): Promise<Conversation | undefined> {
    const header = await this.deps.store.conversation(id);
    if (header && header.members.length > 0) return header;
    this.known.delete(id);
    return undefined;
  }

  /** The queues of a header, each as far as it is known to be. */
  private queuesOf({ id, expiring = [] }: Conversation): ExpiryQueue[] {
    const known = this.known.get(id)?.queues ?? [];
    return expiring.map((queue) => {
      const further = known.find(({ afterMs }) => afterMs === queue.afterMs);
      return further && further.from >= queue.from ? further : queue;
    });
  }

  private async empty(id: Id, seqs: number[], progress: ExpiryProgress): Promise<void> {
    const { store, cipher, uploads } = this.deps;
    const before = await store.transact((tx) => tx.expireMessages(id, seqs, progress));
    cipher.forget(before.flatMap(ciphertextsOf));
    // Their keys are forgotten with the rows. What cannot be removed now is removed by the sweep of uploads.
    const files = before.flatMap(({ attachments = [] }) => attachments.map((one) => one.id));
    if (files.length > 0) await uploads.removeDiscarded(files).catch(() => {});
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
