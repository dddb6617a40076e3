import { type Clock, wallClock } from '../clock.ts';
import { TIMEOUT_MS } from '../deadline.ts';
import { newId } from '../ids.ts';
import { type KeyValueStore, readJson } from '../key-value-store.ts';

/** The election of the one tab that polls, sends and writes. A visible tab claims the lead; hidden ones wait for it. */
type Election = { claim(): void; wait(): void; leave(): void };
type OnChange = (isLeader: boolean) => void;

const NAME = 'bisik.seat';
const LEASE_MS = 120_000;
const RENEW_MS = 20_000;

/** Whether this tab leads. Where no tab receives messages of another, each one does. */
export function createLeadership(keyValueStore: KeyValueStore, tabs: { isIsolated: () => boolean }) {
  let isLeader = false;
  let onChange: (isLeader: boolean, isTakenOver?: boolean) => void;
  const election = openElection(keyValueStore, wallClock, (isElected) =>
    set(isElected || tabs.isIsolated(), !isElected),
  );

  function set(value: boolean, isTakenOver = false): void {
    isLeader = value;
    onChange(value, isTakenOver);
  }

  return {
    ...election,
    isLeader: () => isLeader,
    /** To be called before anything else. `isTakenOver`: another tab took the lead. */
    start(handler: typeof onChange): void {
      onChange = handler;
    },
    /** Leads without an election. */
    lead: () => set(true),
    /** The page unloads, perhaps for a while. */
    leave(): void {
      election.leave();
      set(false);
    },
    close: election.leave,
  };
}

/**
 * Elects by Web Locks; by a lease if the browser has none, they refuse or do not answer. `storageChanged` takes the key of
 * each change another tab makes in localStorage.
 */
export function openElection(
  keyValueStore: KeyValueStore,
  clock: Clock,
  onChange: OnChange,
  locks = navigator.locks as LockManager | undefined,
): Election & { storageChanged(key: string | null): void } {
  const lease = electByLease(keyValueStore, clock, newId(), onChange);
  let election: Election = lease;
  if (locks)
    election = electByLock(locks, clock, onChange, (verb) => {
      election = lease;
      lease[verb]();
    });
  return {
    claim: () => election.claim(),
    wait: () => election.wait(),
    leave: () => election.leave(),
    storageChanged: lease.storageChanged,
  };
}

/**
 * By Web Locks: the browser frees the lock even when a tab crashes. `onBroken`: they refused the last request or did not
 * answer it in time; a lock granted after that is released at once.
 */
export function electByLock(
  locks: LockManager,
  clock: Clock,
  onChange: OnChange,
  onBroken: (verb: 'claim' | 'wait') => void = () => undefined,
): Election {
  let release: (() => void) | undefined;
  let queue: AbortController | undefined;
  /** The last request, until it is answered or withdrawn. */
  let pending: LockOptions | undefined;

  async function request(options: LockOptions): Promise<void> {
    let ownRelease: (() => void) | undefined;
    pending = options;
    const giveUp = () => {
      if (pending !== options) return;
      pending = undefined;
      onBroken(options.steal ? 'claim' : 'wait');
    };
    // Only a request that does not steal may rightly take long.
    if (options.steal) clock.after(TIMEOUT_MS, giveUp);
    const hold = () => {
      if (pending !== options) return;
      pending = undefined;
      const held = new Promise<void>((done) => {
        ownRelease = done;
      });
      release = ownRelease;
      onChange(true);
      return held;
    };
    try {
      await locks.request(NAME, options, hold);
    } catch {
      if (!ownRelease) return giveUp();
      // Taken over by another tab, unless this one has left meanwhile.
      if (release !== ownRelease) return;
      release = undefined;
      onChange(false);
      wait();
    }
  }

  function wait(): void {
    if (release || pending) return;
    queue = new AbortController();
    void request({ signal: queue.signal });
  }

  function withdraw(): void {
    pending = undefined;
    queue?.abort();
  }

  return {
    wait,
    claim(): void {
      if (release || pending?.steal) return;
      withdraw();
      void request({ steal: true });
    },
    leave(): void {
      withdraw();
      release?.();
      release = undefined;
    },
  };
}

/**
 * By a lease in localStorage, where Web Locks do not exist (plain http on the home network). A hidden tab's timers
 * run once a minute at worst, so a lease lives two; a crashed leader is replaced after that, or at the next check.
 */
export function electByLease(keyValueStore: KeyValueStore, clock: Clock, tab: string, onChange: OnChange) {
  let isCandidate = false;
  let isLeader = false;

  const holder = () => readJson(keyValueStore, NAME) as { tab: string; until: number } | null;
  const isVacant = () => {
    const held = holder();
    return !held || held.until < clock.now() || held.until > clock.now() + LEASE_MS;
  };

  function acquire(): void {
    keyValueStore.setItem(NAME, JSON.stringify({ tab, until: clock.now() + LEASE_MS }));
    if (isLeader) return;
    isLeader = true;
    onChange(true);
  }

  function check(): void {
    if (!isCandidate) return;
    const isMine = holder()?.tab === tab;
    if (isLeader && !isMine && !isVacant()) {
      isLeader = false;
      onChange(false);
    } else if (!isLeader && isVacant()) acquire();
  }

  function tick(): void {
    if (!isCandidate) return;
    check();
    if (isLeader) acquire();
    clock.after(RENEW_MS, tick);
  }

  function enter(): void {
    if (isCandidate) return;
    isCandidate = true;
    clock.after(RENEW_MS, tick);
  }

  return {
    /** The storage event of another tab. */
    storageChanged(key: string | null): void {
      if (key === NAME) check();
    },
    claim(): void {
      enter();
      acquire();
    },
    wait(): void {
      enter();
      check();
    },
    leave(): void {
      if (isLeader && holder()?.tab === tab) keyValueStore.removeItem(NAME);
      isCandidate = false;
      isLeader = false;
    },
  };
}
