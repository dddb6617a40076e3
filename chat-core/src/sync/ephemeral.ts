import { randomBytes } from 'node:crypto';
import type { Id } from '../wire/wire.ts';

/** A number of changes that live in RAM, and the run of this process in which they were counted. */
export type LiveAt = { run: string; n: number };

/** Counts what changes in RAM alone (marks, typing, presence), per person who is to see it. */
export class Live {
  /** Tells this run of the process from those before it, whose counts mean nothing now. */
  readonly run = randomBytes(4).toString('hex');
  private n = 0;
  private readonly newest = new Map<Id, number>();
  private readonly listeners = new Set<(users: Iterable<Id>) => void>();

  /** Where this run has got to. */
  now(): LiveAt {
    return { run: this.run, n: this.n };
  }

  /** The newest change for one person, 0 when there is none. */
  newestFor(userId: Id): number {
    return this.newest.get(userId) ?? 0;
  }

  /** Since which change a cursor of some run asks: -1 when it is of another run and knows nothing of this one. */
  since({ run, n }: LiveAt): number {
    return run === this.run ? n : -1;
  }

  /** Something has changed for these people: its number. Tell them once it can be read. */
  count(users: Iterable<Id>): number {
    this.n += 1;
    for (const user of users) this.newest.set(user, this.n);
    return this.n;
  }

  tell(users: Iterable<Id>): void {
    for (const listener of this.listeners) listener(users);
  }

  /** Calls `listener` with the people for whom something has changed. */
  onChange(listener: (users: Iterable<Id>) => void): void {
    this.listeners.add(listener);
  }
}
