import { randomBytes } from 'node:crypto';
import type { Id } from '../wire/wire.ts';

/** A number of changes held in memory, and the run of this process in which they were counted. */
export type EphemeralPosition = { run: string; n: number };

/** Numbers the changes that are never written on their own (receipts, typing, presence), per person who may see them. */
export class EphemeralChanges {
  /** Distinguishes this run of the process from earlier ones, whose numbers mean nothing now. */
  readonly run = randomBytes(4).toString('hex');
  private n = 0;
  private readonly newest = new Map<Id, number>();
  private readonly listeners = new Set<(users: Iterable<Id>) => void>();

  /** The number of the last change in this run. */
  now(): EphemeralPosition {
    return { run: this.run, n: this.n };
  }

  /** The number of the newest change for one person, 0 when there is none. */
  newestFor(userId: Id): number {
    return this.newest.get(userId) ?? 0;
  }

  /** The change number from which a cursor continues; -1 when it is of another run and must get everything. */
  since({ run, n }: EphemeralPosition): number {
    return run === this.run ? n : -1;
  }

  /** Numbers a change that these people may see. Call `notify` once it can be read. */
  record(users: Iterable<Id>): number {
    this.n += 1;
    for (const user of users) this.newest.set(user, this.n);
    return this.n;
  }

  notify(users: Iterable<Id>): void {
    for (const listener of this.listeners) listener(users);
  }

  /** Calls `listener` with the people for whom something has changed. */
  onChange(listener: (users: Iterable<Id>) => void): void {
    this.listeners.add(listener);
  }
}
