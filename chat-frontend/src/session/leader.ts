import type { Clock } from '../clock.ts';
import { TIMEOUT_MS } from '../deadline.ts';
import { newId } from '../ids.ts';
import { type KeyValueStore, readJson } from '../key-value-store.ts';

/** The seat of the one tab that polls and sends. The tab that is looked at claims it; others wait for it. */
export type Seat = { claim(): void; wait(): void; leave(): void };
type OnChange = (seated: boolean) => void;

const NAME = 'bisik.seat';
const LEASE_MS = 120_000;
const RENEW_MS = 20_000;

/**
 * The seat by Web Locks; by a lease where there are none, they refuse or do not answer. `heard` takes the key of each
 * change another tab makes in localStorage.
 */
export function openSeat(
  keyValueStore: KeyValueStore,
  clock: Clock,
  onChange: OnChange,
  locks = navigator.locks as LockManager | undefined,
): Seat & { heard(key: string | null): void } {
  const lease = seatByLease(keyValueStore, clock, newId(), onChange);
  let seat: Seat = lease;
  if (locks)
    seat = seatByLock(locks, clock, onChange, (verb) => {
      seat = lease;
      lease[verb]();
    });
  return {
    claim: () => seat.claim(),
    wait: () => seat.wait(),
    leave: () => seat.leave(),
    heard: lease.heard,
  };
}

/**
 * By Web Locks: the browser frees the lock even when a tab crashes. `onBroken`: they refused, or did not answer in time,
 * what was asked last; what they grant after that is given up at once.
 */
export function seatByLock(
  locks: LockManager,
  clock: Clock,
  onChange: OnChange,
  onBroken: (verb: 'claim' | 'wait') => void = () => undefined,
): Seat {
  let free: (() => void) | undefined;
  let queue: AbortController | undefined;
  /** What was asked last and is still wanted. */
  let pending: LockOptions | undefined;

  async function request(options: LockOptions): Promise<void> {
    let release: (() => void) | undefined;
    pending = options;
    const giveUp = () => {
      if (pending !== options) return;
      pending = undefined;
      onBroken(options.steal ? 'claim' : 'wait');
    };
    // Only who waits for another tab may have to wait for long.
    if (options.steal) clock.after(TIMEOUT_MS, giveUp);
    const hold = () => {
      if (pending !== options) return;
      pending = undefined;
      const held = new Promise<void>((done) => {
        release = done;
      });
      free = release;
      onChange(true);
      return held;
    };
    try {
      await locks.request(NAME, options, hold);
    } catch {
      if (!release) return giveUp();
      // Taken over by another tab, unless this one has left meanwhile.
      if (free !== release) return;
      free = undefined;
      onChange(false);
      wait();
    }
  }

  function wait(): void {
    if (free || pending) return;
    queue = new AbortController();
    void request({ signal: queue.signal });
  }

  function stopAsking(): void {
    pending = undefined;
    queue?.abort();
  }

  return {
    wait,
    claim(): void {
      if (free || pending?.steal) return;
      stopAsking();
      void request({ steal: true });
    },
    leave(): void {
      stopAsking();
      free?.();
      free = undefined;
    },
  };
}

/**
 * By a lease in localStorage, where Web Locks do not exist (plain http on the home network). A hidden tab's timers
 * run once a minute at worst, so a lease lives two; a crashed holder is replaced after that, or by the next look.
 */
export function seatByLease(keyValueStore: KeyValueStore, clock: Clock, tab: string, onChange: OnChange) {
  let present = false;
  let seated = false;

  const holder = () => readJson(keyValueStore, NAME) as { tab: string; until: number } | null;
  const vacant = () => {
    const held = holder();
    return !held || held.until < clock.now() || held.until > clock.now() + LEASE_MS;
  };

  function take(): void {
    keyValueStore.setItem(NAME, JSON.stringify({ tab, until: clock.now() + LEASE_MS }));
    if (seated) return;
    seated = true;
    onChange(true);
  }

  function look(): void {
    if (!present) return;
    const mine = holder()?.tab === tab;
    if (seated && !mine && !vacant()) {
      seated = false;
      onChange(false);
    } else if (!seated && vacant()) take();
  }

  function tick(): void {
    if (!present) return;
    look();
    if (seated) take();
    clock.after(RENEW_MS, tick);
  }

  function arrive(): void {
    if (present) return;
    present = true;
    clock.after(RENEW_MS, tick);
  }

  return {
    /** The storage event of another tab. */
    heard(key: string | null): void {
      if (key === NAME) look();
    },
    claim(): void {
      arrive();
      take();
    },
    wait(): void {
      arrive();
      look();
    },
    leave(): void {
      if (seated && holder()?.tab === tab) keyValueStore.removeItem(NAME);
      present = false;
      seated = false;
    },
  };
}
