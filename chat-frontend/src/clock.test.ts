import { expect, test } from 'vitest';
import { fakeClock } from '../test/support/fake-clock.ts';
import { createServerClock } from './clock.ts';
import { memoryKeyValueStore } from './key-value-store.ts';

const HOUR_MS = 3_600_000;

function openClock(keyValueStore = memoryKeyValueStore()) {
  const time = fakeClock();
  let changes = 0;
  const server = createServerClock(keyValueStore, () => void changes++, time.clock);
  return { server, keyValueStore, time, own: time.clock.now, changes: () => changes };
}

test('the clock of the server follows the time it states, however wrong the clock of the browser is', async () => {
  const { server, time, own, changes } = openClock();
  expect(server.now()).toBe(own());
  server.update(String(own() - 9 * HOUR_MS));
  expect(server.now()).toBe(own() - 9 * HOUR_MS);
  await time.pass(HOUR_MS);
  expect(server.now()).toBe(own() - 9 * HOUR_MS);
  expect(changes()).toBe(1);
  // The clock of the browser was corrected.
  server.update(String(own()));
  expect([server.now(), changes()]).toEqual([own(), 2]);
});

test('the latency of an answer, or an answer without a time, changes nothing', () => {
  const { server, own, changes } = openClock();
  server.update(String(own() - 900));
  server.update(null);
  server.update('soon');
  expect([server.now(), changes()]).toEqual([own(), 0]);
});

test('the next page and other tabs know the time of the server before their first answer', () => {
  const first = openClock();
  const beside = openClock(first.keyValueStore);
  first.server.update(String(first.own() + 9 * HOUR_MS));
  expect(openClock(first.keyValueStore).server.now()).toBe(first.own() + 9 * HOUR_MS);
  expect(beside.server.now()).toBe(beside.own());
  beside.server.storageChanged('bisik.session');
  expect(beside.changes()).toBe(0);
  beside.server.storageChanged('bisik.box-ahead');
  expect([beside.server.now(), beside.changes()]).toEqual([beside.own() + 9 * HOUR_MS, 1]);
});

test('a full storage does not prevent the clock from following the server', () => {
  const full = {
    ...memoryKeyValueStore(),
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  const { server, own } = openClock(full);
  server.update(String(own() + HOUR_MS));
  expect(server.now()).toBe(own() + HOUR_MS);
});
