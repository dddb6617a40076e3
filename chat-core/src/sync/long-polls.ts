import type { Activity, Id } from '../wire/wire.ts';

/** Waiting polls of one person: their devices and a few tabs. */
const MAX_PER_PERSON = 16;

/** The slot of one waiting poll. */
export type Slot = {
  /** Resolves at the next change since the last call, or since the slot was taken; or after `ms`, or when released. */
  change(ms: number): Promise<void>;
  release(): void;
  isReleased: boolean;
};

/** Polls that wait for a change, in a limited number of slots. */
export class LongPolls {
  private readonly maxSlots: number;
  private readonly slots = new Map<Id, Set<Slot & { wake: () => void }>>();
  private count = 0;
  private isClosed = false;

  /** @param maxSlots polls that may wait at once, of all people */
  constructor(maxSlots: number) {
    this.maxSlots = maxSlots;
  }

  get size(): number {
    return this.count;
  }

  /** A slot to wait in; undefined when none is left. Inactive clients may use at most half of the slots. */
  take(userId: Id, activity: Activity): Slot | undefined {
    const max = activity === 'active' ? this.maxSlots : this.maxSlots / 2;
    const own = this.slots.get(userId) ?? new Set();
    if (this.isClosed || this.count >= max || own.size >= MAX_PER_PERSON) return undefined;
    let hasChanged = false;
    let wake = () => {
      hasChanged = true;
    };
    const slot = {
      isReleased: false,
      wake: () => wake(),
      change: (ms: number) =>
        new Promise<void>((resolve) => {
          if (hasChanged || slot.isReleased) {
            hasChanged = false;
            resolve();
            return;
          }
          const timer = setTimeout(() => wake(), ms);
          wake = () => {
            clearTimeout(timer);
            wake = () => {
              hasChanged = true;
            };
            resolve();
          };
        }),
      release: () => {
        if (slot.isReleased) return;
        slot.isReleased = true;
        this.count -= 1;
        own.delete(slot);
        if (own.size === 0) this.slots.delete(userId);
        wake();
      },
    };
    this.slots.set(userId, own.add(slot));
    this.count += 1;
    return slot;
  }

  /** Wakes the polls of people for whom something has changed. */
  wake(users: Iterable<Id>): void {
    for (const user of users) for (const slot of this.slots.get(user) ?? []) slot.wake();
  }

  /** Releases all slots and gives out no more. */
  close(): void {
    this.isClosed = true;
    this.releaseAll();
  }

  /** Ends all waits: their polls are answered without a change. */
  releaseAll(): void {
    for (const own of [...this.slots.values()]) for (const slot of [...own]) slot.release();
  }
}

/**
 * Reads now and again at each change, until `read` has a result, `waitMs` is over or the slot is released. The slot was
 * taken before the first read, so a change in between wakes it. Releases the slot.
 * @param suspend wraps each wait: a waiting poll does not count as a running request
 */
export async function waitForChange<Result>(
  read: () => Promise<Result | undefined> | undefined,
  slot: Slot,
  waitMs: number,
  suspend: <T>(waiting: Promise<T>) => Promise<T>,
): Promise<Result | undefined> {
  const deadline = performance.now() + waitMs;
  try {
    for (;;) {
      const result = await read();
      const left = deadline - performance.now();
      if (result || left <= 0 || slot.isReleased) return result;
      await suspend(slot.change(left));
      if (slot.isReleased) return undefined;
    }
  } finally {
    slot.release();
  }
}
