import { expect, test } from 'vitest';
import { fakeClock } from '../test/support/fake-clock.ts';
import { createBoxClock } from './clock.ts';
import { memoryKeyValueStore } from './key-value-store.ts';

const HOUR_MS = 3_600_000;

function openClock(keyValueStore = memoryKeyValueStore()) {
  const time = fakeClock();
  let changes = 0;
  const box = createBoxClock(keyValueStore, () => void changes++, time.clock);
  return { box, keyValueStore, time, own: time.clock.now, changes: () => changes };
}

test('the time of the box is what it says, however wrong the clock of the browser is, and goes on from there', async () => {
  const { box, time, own, changes } = openClock();
  expect(box.now()).toBe(own());
  box.hear(String(own() - 9 * HOUR_MS));
  expect(box.now()).toBe(own() - 9 * HOUR_MS);
  await time.pass(HOUR_MS);
  expect(box.now()).toBe(own() - 9 * HOUR_MS);
  expect(changes()).toBe(1);
  // Set right, by whoever uses this browser.
  box.hear(String(own()));
  expect([box.now(), changes()]).toEqual([own(), 2]);
});

test('what an answer takes on its way, or one that says nothing, changes nothing', () => {
  const { box, own, changes } = openClock();
  box.hear(String(own() - 900));
  box.hear(null);
  box.hear('soon');
  expect([box.now(), changes()]).toEqual([own(), 0]);
});

test('the next page and other tabs know the time of the box before they are told', () => {
  const first = openClock();
  const beside = openClock(first.keyValueStore);
  first.box.hear(String(first.own() + 9 * HOUR_MS));
  expect(openClock(first.keyValueStore).box.now()).toBe(first.own() + 9 * HOUR_MS);
  expect(beside.box.now()).toBe(beside.own());
  beside.box.heard('bisik.session');
  expect(beside.changes()).toBe(0);
  beside.box.heard('bisik.box-ahead');
  expect([beside.box.now(), beside.changes()]).toEqual([beside.own() + 9 * HOUR_MS, 1]);
});

test('a storage that is full stops nothing', () => {
  const full = {
    ...memoryKeyValueStore(),
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  const { box, own } = openClock(full);
  box.hear(String(own() + HOUR_MS));
  expect(box.now()).toBe(own() + HOUR_MS);
});
