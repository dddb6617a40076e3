import { afterEach, beforeEach, expect, test } from 'vitest';
import { PUSH_DELAY_MS } from '../push/pushes.ts';
import { openMemoryStore } from '../storage/lowdb/lowdb-store.ts';
import type { Store } from '../storage/store.ts';
import { EphemeralChanges } from '../sync/ephemeral.ts';
import { Presence, VIEWING_GRACE_MS } from './presence.ts';

let store: Store;
let now: number;
let presence: Presence;

beforeEach(async () => {
  store = await openMemoryStore();
  now = 1_000_000;
  presence = new Presence({
    store,
    ephemeral: new EphemeralChanges(),
    wake: () => {},
    clock: () => now,
    now: () => now,
  });
});
afterEach(async () => {
  presence.close();
  await store.close();
});

const areViewing = (...users: string[]) => users.map((userId) => presence.isViewing(userId));

test('a person with a waiting poll of an active page is viewing, and a little longer', () => {
  expect(areViewing('ani')).toEqual([false]);
  const end = presence.pollWaits('ani', 'active');
  now += 60_000;
  expect(areViewing('ani', 'budi')).toEqual([true, false]);
  end(0);
  expect(areViewing('ani')).toEqual([true]);
  now += VIEWING_GRACE_MS;
  expect(areViewing('ani')).toEqual([false]);
});

test('a person whose page is idle or hidden is not viewing', () => {
  for (const activity of ['idle', 'hidden'] as const) {
    const end = presence.pollWaits('ani', activity);
    expect(areViewing('ani')).toEqual([false]);
    end(0);
    presence.pollAnswered('ani', activity, 4000);
  }
  expect(areViewing('ani')).toEqual([false]);
});

test('a person is viewing until the last of two devices is done, and a poll that ends twice counts once', () => {
  const [endPhone, endDesktop] = [presence.pollWaits('ani', 'active'), presence.pollWaits('ani', 'active')];
  endPhone(0);
  endPhone(0);
  now += VIEWING_GRACE_MS;
  expect(areViewing('ani')).toEqual([true]);
  endDesktop(0);
  now += VIEWING_GRACE_MS;
  expect(areViewing('ani')).toEqual([false]);
});

test('a person who leaves just as a message arrives is no longer viewing when its push is decided', () => {
  expect(VIEWING_GRACE_MS).toBeLessThan(PUSH_DELAY_MS);
});

test('a person who polls at a long interval is viewing until the next poll is overdue', () => {
  presence.pollAnswered('ani', 'active', 20_000);
  presence.pollWaits('budi', 'active')(20_000);
  // A second device that polls more often does not shorten it.
  presence.pollAnswered('ani', 'active', 0);
  now += 20_000 + VIEWING_GRACE_MS - 1;
  expect(areViewing('ani', 'budi')).toEqual([true, true]);
  now += 1;
  expect(areViewing('ani', 'budi')).toEqual([false, false]);
});
