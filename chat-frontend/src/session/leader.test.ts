import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { openSeat, seatByLease, seatByLock } from './leader.ts';

const settled = () => new Promise<void>((done) => setImmediate(done));

/** Tabs of one browser: what one stores, the others hear of, as by storage events. */
function tabs(names: string[]) {
  const keyValueStore = memoryKeyValueStore();
  const time = fakeClock();
  const seated = new Set<string>();
  const open = names.map((name) =>
    seatByLease(keyValueStore, time.clock, name, (value) => (value ? seated.add(name) : seated.delete(name))),
  );
  const tell = () => {
    for (const seat of open) seat.heard('bisik.seat');
  };
  return { open, tell, seated: () => [...seated], keyValueStore, ...time };
}

test('by lease: the tab that is looked at takes the seat from the other', () => {
  const { open, tell, seated } = tabs(['a', 'b']);
  open[0]?.claim();
  tell();
  expect(seated()).toEqual(['a']);
  open[1]?.claim();
  tell();
  expect(seated()).toEqual(['b']);
});

test('by lease: a waiting tab takes over when the holder leaves', () => {
  const { open, tell, seated } = tabs(['a', 'b']);
  open[0]?.claim();
  open[1]?.wait();
  tell();
  expect(seated()).toEqual(['a']);
  open[0]?.leave();
  tell();
  expect(seated()).toContain('b');
});

test('by lease: a holder that renews keeps the seat for hours', async () => {
  const { open, seated, pass } = tabs(['a', 'b']);
  open[0]?.claim();
  open[1]?.wait();
  await pass(3 * 60 * 60 * 1_000);
  expect(seated()).toEqual(['a']);
});

test('by lease: a crashed holder is replaced after two minutes', async () => {
  const { open, seated, keyValueStore, clock, pass } = tabs(['b']);
  keyValueStore.setItem('bisik.seat', JSON.stringify({ tab: 'crashed', until: clock.now() + 120_000 }));
  open[0]?.wait();
  await pass(100_000);
  expect(seated()).toEqual([]);
  await pass(60_000);
  expect(seated()).toEqual(['b']);
});

test('by lease: a lease from a future clock holds nobody off', () => {
  const { open, seated, keyValueStore, clock } = tabs(['a']);
  keyValueStore.setItem('bisik.seat', JSON.stringify({ tab: 'old', until: clock.now() + 10 ** 12 }));
  open[0]?.wait();
  expect(seated()).toEqual(['a']);
});

/** Web Locks as far as the seat uses them: one holder, a queue, stealing, and giving up the wait. */
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

test('by lock: one seat, taken by the tab that is looked at, returned when it leaves', async () => {
  const locks = fakeLocks();
  const seated = new Set<string>();
  const seat = (name: string) =>
    seatByLock(locks, fakeClock().clock, (value) => (value ? seated.add(name) : seated.delete(name)));
  const [a, b] = [seat('a'), seat('b')];
  a.claim();
  b.wait();
  await settled();
  expect([...seated]).toEqual(['a']);
  b.claim();
  b.claim();
  await settled();
  expect([...seated]).toEqual(['b']);
  b.leave();
  await settled();
  expect([...seated]).toContain('a');
});

/** Two tabs of a browser with such locks; the seats each has had and lost, in order. */
function openSeats(request: LockManager['request']) {
  const keyValueStore = memoryKeyValueStore();
  const time = fakeClock();
  const locks = { request, query: () => Promise.resolve({}) } as LockManager;
  const seated = new Set<string>();
  const open = ['a', 'b'].map((name) =>
    openSeat(keyValueStore, time.clock, (value) => (value ? seated.add(name) : seated.delete(name)), locks),
  );
  const [a, b] = open as [(typeof open)[0], (typeof open)[0]];
  const tell = () => {
    for (const seat of open) seat.heard('bisik.seat');
  };
  return { a, b, tell, seated: () => [...seated], ...time };
}

test.each([
  ['refuse', () => Promise.reject(new DOMException('denied', 'SecurityError'))],
  [
    'throw',
    () => {
      throw new DOMException('denied', 'SecurityError');
    },
  ],
] as const)('where locks %s, the seat goes by lease at once', async (_, request) => {
  const { a, b, tell, seated, settle } = openSeats(request);
  a.claim();
  b.wait();
  await settle();
  tell();
  expect(seated()).toEqual(['a']);
  b.claim();
  await settle();
  tell();
  expect(seated()).toEqual(['b']);
});

test('where locks do not answer the seat goes by lease after two seconds, and what they grant after that is given up', async () => {
  const waiting: (() => Promise<unknown>)[] = [];
  const silent = (_: string, __: LockOptions, hold: () => Promise<unknown>) =>
    new Promise((done) => {
      waiting.push(async () => done(await hold()));
    });
  const { a, seated, pass } = openSeats(silent as unknown as LockManager['request']);
  a.claim();
  await pass(1_999);
  expect(seated()).toEqual([]);
  await pass(1);
  expect(seated()).toEqual(['a']);
  await waiting[0]?.();
  expect(seated()).toEqual(['a']);
});

test('who has left is not seated by locks that answer late', async () => {
  const waiting: (() => Promise<unknown>)[] = [];
  const silent = (_: string, __: LockOptions, hold: () => Promise<unknown>) =>
    new Promise((done) => {
      waiting.push(async () => done(await hold()));
    });
  const { a, seated, pass } = openSeats(silent as unknown as LockManager['request']);
  a.claim();
  a.leave();
  await pass(5_000);
  expect(seated()).toEqual([]);
  // It is given up at once, for another tab.
  await waiting[0]?.();
  expect(seated()).toEqual([]);
});

test('a tab that leaves while another takes the lock over does not wait for it any more', async () => {
  const locks = fakeLocks();
  const leaders = new Set<string>();
  const open = (name: string) =>
    seatByLock(locks, fakeClock().clock, (value) => (value ? leaders.add(name) : leaders.delete(name)));
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
