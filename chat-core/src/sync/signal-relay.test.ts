import { afterEach, beforeEach, expect, it } from 'vitest';
import { Presence } from '../presence/presence.ts';
import { openMemoryStore } from '../storage/lowdb/lowdb-store.ts';
import type { Signal } from '../storage/signals.ts';
import type { Store } from '../storage/store.ts';
import { EphemeralChanges } from './ephemeral.ts';
import { relaySignals } from './signal-relay.ts';

/** Processes whose signals reach all others at once, on one clock. */
let cores: { presence: Presence; relay: ReturnType<typeof relaySignals>; isOnline: () => boolean }[];
let sent: Signal[];
let store: Store;
let now: number;

beforeEach(async () => {
  store = await openMemoryStore();
  now = 1_000_000;
  sent = [];
  const listeners: ((signal: Signal, core: string) => void)[] = [];
  const queue: [number, Signal][] = [];
  cores = [0, 1, 2].map((index) => {
    const deps = { ephemeral: new EphemeralChanges(), wake: () => {}, clock: () => now, now: () => now };
    const presence = new Presence({ ...deps, store, onLeft: (userId) => relay.left(userId) });
    const signals = {
      send: (signal: Signal) => {
        sent.push(signal);
        queue.push([index, signal]);
        if (queue.length > 1) return;
        // In the order in which they were sent.
        for (const [from, next] of queue)
          for (const [other, listener] of listeners.entries()) if (other !== from) listener(next, `${from}`);
        queue.length = 0;
      },
      onSignal: (listener: (signal: Signal, core: string) => void) => {
        listeners[index] = listener;
      },
    };
    const relay = relaySignals({
      store: { signals },
      receipts: { raisedElsewhere: async () => {} },
      typing: { start: async () => {} },
      presence,
      now: () => now,
    });
    return { presence, relay, isOnline: () => presence.isOnline('ani') };
  });
});
afterEach(async () => {
  for (const { presence } of cores) presence.close();
  await store.close();
});

const hold = (index: number) => {
  const end = cores[index]?.presence.pollWaits('ani', 'active');
  cores[index]?.relay.polled('ani', 'active');
  return () => end?.(0);
};
const pass = (ms: number) => {
  for (let left = ms; left > 0; left -= 1000) {
    now += 1000;
    for (const { presence } of cores) presence.sweep();
  }
};
const online = () => cores.map(({ isOnline }) => isOnline());
const viewing = () => cores.map(({ presence }) => presence.isViewing('ani'));

it('whoever closes the page at one core is offline at all others a few seconds after they are there', () => {
  const end = hold(0);
  expect([online(), viewing()]).toEqual([
    [true, true, true],
    [true, true, true],
  ]);
  end();
  pass(9_000);
  expect(online()).toEqual([true, true, true]);
  pass(4_000);
  expect([online(), viewing()]).toEqual([
    [false, false, false],
    [false, false, false],
  ]);
});

it('whoever closes one of two pages that are at two cores stays online everywhere', () => {
  const end = hold(0);
  hold(1);
  end();
  for (let second = 0; second < 20; second++) {
    pass(1000);
    expect([second, online(), viewing()]).toEqual([second, [true, true, true], [true, true, true]]);
  }
  expect(sent.filter(({ kind }) => kind === 'left')).toHaveLength(1);
});
