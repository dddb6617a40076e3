import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { electByLease, electByLock, openElection } from './leader.ts';

const settled = () => new Promise<void>((done) => setImmediate(done));

/** Tabs of one browser: what one stores, the others are notified of, as by storage events. */
function tabs(names: string[]) {
  const keyValueStore = memoryKeyValueStore();
  const time = fakeClock();
  const leaders = new Set<string>();
  const open = names.map((name) =>
    electByLease(keyValueStore, time.clock, name, (value) =>
      value ? leaders.add(name) : leaders.delete(name),
    ),
  );
  const notifyStorage = () => {
    for (const election of open) election.storageChanged('bisik.seat');
  };
  return { open, notifyStorage, leaders: () => [...leaders], keyValueStore, ...time };
}

test('by lease, the tab that claims the lead takes it from the other', () => {
  const { open, notifyStorage, leaders } = tabs(['a', 'b']);
  open[0]?.claim();
  notifyStorage();
  expect(leaders()).toEqual(['a']);
  open[1]?.claim();
  notifyStorage();
  expect(leaders()).toEqual(['b']);
});

test('by lease, a waiting tab takes over when the leader leaves', () => {
  const { open, notifyStorage, leaders } = tabs(['a', 'b']);
  open[0]?.claim();
  open[1]?.wait();
  notifyStorage();
  expect(leaders()).toEqual(['a']);
  open[0]?.leave();
  notifyStorage();
  expect(leaders()).toContain('b');
});

test('by lease, a leader that renews its lease stays the leader for hours', async () => {
  const { open, leaders, pass } = tabs(['a', 'b']);
  open[0]?.claim();
  open[1]?.wait();
  await pass(3 * 60 * 60 * 1_000);
  expect(leaders()).toEqual(['a']);
});

test('by lease, a crashed leader is replaced after two minutes', async () => {
  const { open, leaders, keyValueStore, clock, pass } = tabs(['b']);
  keyValueStore.setItem('bisik.seat', JSON.stringify({ tab: 'crashed', until: clock.now() + 120_000 }));
  open[0]?.wait();
  await pass(100_000);
  expect(leaders()).toEqual([]);
  await pass(60_000);
  expect(leaders()).toEqual(['b']);
});

test('by lease, a lease from a clock in the future is ignored', () => {
  const { open, leaders, keyValueStore, clock } = tabs(['a']);
  keyValueStore.setItem('bisik.seat', JSON.stringify({ tab: 'old', until: clock.now() + 10 ** 12 }));
  open[0]?.wait();
  expect(leaders()).toEqual(['a']);
});

/** Web Locks as far as the election uses them: one holder, a queue, stealing, and giving up the wait. */
function fakeLocks(): LockManager {
  type Held = { reject: (cause: unknown) => void };
  let held: Held | undefined;
  const queue: (() => void)[] = [];
  const request = (_name: string, options: LockOptions, hold: (lock: Lock | null) => Promise<void>) =>
    new Promise<void>((resolve, reject) => {
      const grant = () => {
        const own: Held = { reject };
        held = own;
        void hold(null).then(() => {
          if (held !== own) return;
          held = undefined;
          resolve();
          queue.shift()?.();
        });
      };
      if (options.steal) {
        held?.reject(new DOMException('stolen', 'AbortError'));
        grant();
      } else if (held) {
        queue.push(grant);
        options.signal?.addEventListener('abort', () => {
          queue.splice(queue.indexOf(grant), 1);
          reject(new DOMException('given up', 'AbortError'));
        });
      } else grant();
    });
  return { request, query: () => Promise.resolve({}) } as unknown as LockManager;
}

test('by lock, there is one leader: the tab that claims the lead, until it leaves', async () => {
  const locks = fakeLocks();
  const leaders = new Set<string>();
  const open = (name: string) =>
    electByLock(locks, fakeClock().clock, (value) => (value ? leaders.add(name) : leaders.delete(name)));
  const [a, b] = [open('a'), open('b')];
  a.claim();
  b.wait();
  await settled();
  expect([...leaders]).toEqual(['a']);
  b.claim();
  b.claim();
  await settled();
  expect([...leaders]).toEqual(['b']);
  b.leave();
  await settled();
  expect([...leaders]).toContain('a');
});

/** Two tabs of a browser with such locks; which of them lead, in order. */
function openTwo(request: LockManager['request']) {
  const keyValueStore = memoryKeyValueStore();
  const time = fakeClock();
  const locks = { request, query: () => Promise.resolve({}) } as LockManager;
  const leaders = new Set<string>();
  const open = ['a', 'b'].map((name) =>
    openElection(
      keyValueStore,
      time.clock,
      (value) => (value ? leaders.add(name) : leaders.delete(name)),
      locks,
    ),
  );
  const [a, b] = open as [(typeof open)[0], (typeof open)[0]];
  const notifyStorage = () => {
    for (const election of open) election.storageChanged('bisik.seat');
  };
  return { a, b, notifyStorage, leaders: () => [...leaders], ...time };
}

test.each([
  ['refuse', () => Promise.reject(new DOMException('denied', 'SecurityError'))],
  [
    'throw',
    () => {
      throw new DOMException('denied', 'SecurityError');
    },
  ],
] as const)('where Web Locks %s, the lead goes by lease at once', async (_, request) => {
  const { a, b, notifyStorage, leaders, settle } = openTwo(request);
  a.claim();
  b.wait();
  await settle();
  notifyStorage();
  expect(leaders()).toEqual(['a']);
  b.claim();
  await settle();
  notifyStorage();
  expect(leaders()).toEqual(['b']);
});

test('where Web Locks do not answer, the lead goes by lease after two seconds, and a lock granted after that is released', async () => {
  const waiting: (() => Promise<unknown>)[] = [];
  const silent = (_: string, __: LockOptions, hold: () => Promise<unknown>) =>
    new Promise((done) => {
      waiting.push(async () => done(await hold()));
    });
  const { a, leaders, pass } = openTwo(silent as unknown as LockManager['request']);
  a.claim();
  await pass(1_999);
  expect(leaders()).toEqual([]);
  await pass(1);
  expect(leaders()).toEqual(['a']);
  await waiting[0]?.();
  expect(leaders()).toEqual(['a']);
});

test('a tab that has left does not lead when Web Locks answer late', async () => {
  const waiting: (() => Promise<unknown>)[] = [];
  const silent = (_: string, __: LockOptions, hold: () => Promise<unknown>) =>
    new Promise((done) => {
      waiting.push(async () => done(await hold()));
    });
  const { a, leaders, pass } = openTwo(silent as unknown as LockManager['request']);
  a.claim();
  a.leave();
  await pass(5_000);
  expect(leaders()).toEqual([]);
  // It is released at once, for another tab.
  await waiting[0]?.();
  expect(leaders()).toEqual([]);
});

test('a tab that leaves while another takes the lock over does not wait for it any more', async () => {
  const locks = fakeLocks();
  const leaders = new Set<string>();
  const open = (name: string) =>
    electByLock(locks, fakeClock().clock, (value) => (value ? leaders.add(name) : leaders.delete(name)));
  const [a, b] = [open('a'), open('b')];
  a.claim();
  await settled();
  a.leave();
  leaders.delete('a');
  b.claim();
  await settled();
  b.leave();
  await settled();
  expect([...leaders]).not.toContain('a');
});
