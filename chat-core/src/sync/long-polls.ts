import type { Activity, Id } from '../wire/wire.ts';

/** Polls of one person that wait at once: their devices and a few tabs. */
const MAX_A_PERSON = 16;

/** A poll's place among those that wait. */
export type Place = {
  /** Ends at the next change since the last call, or since the place was taken; else after `ms`, or when it is left. */
  change(ms: number): Promise<void>;
  leave(): void;
  /** Whether the poll was told to end. */
  left: boolean;
};

/** Polls that wait for something to change. */
export class Held {
  private readonly most: number;
  private readonly places = new Map<Id, Set<Place & { wake: () => void }>>();
  private count = 0;
  private isClosed = false;

  /** @param most polls that wait at once, of all people */
  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.count;
  }

  /** A place to wait; undefined when there is none left. Who does not look gets one only while half of them are free. */
  take(userId: Id, activity: Activity): Place | undefined {
    const most = activity === 'active' ? this.most : this.most / 2;
    const own = this.places.get(userId) ?? new Set();
    if (this.isClosed || this.count >= most || own.size >= MAX_A_PERSON) return undefined;
    let changed = false;
    let wake = () => {
      changed = true;
    };
    const place = {
      left: false,
      wake: () => wake(),
      change: (ms: number) =>
        new Promise<void>((done) => {
          if (changed || place.left) {
            changed = false;
            done();
            return;
          }
          const timer = setTimeout(() => wake(), ms);
          wake = () => {
            clearTimeout(timer);
            wake = () => {
              changed = true;
            };
            done();
          };
        }),
      leave: () => {
        if (place.left) return;
        place.left = true;
        this.count -= 1;
        own.delete(place);
        if (own.size === 0) this.places.delete(userId);
        wake();
      },
    };
    this.places.set(userId, own.add(place));
    this.count += 1;
    return place;
  }

  /** Something has changed for these people. */
  wake(users: Iterable<Id>): void {
    for (const user of users) for (const place of this.places.get(user) ?? []) place.wake();
  }

  /** Ends all that wait, and lets nobody wait any more. */
  close(): void {
    this.isClosed = true;
    for (const own of [...this.places.values()]) for (const place of [...own]) place.leave();
  }
}
