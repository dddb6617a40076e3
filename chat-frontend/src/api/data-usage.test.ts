import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { createUsageCounter, usageOf } from './data-usage.ts';

const HEADER_BYTES = 700;

function open(answer: () => Response) {
  const time = fakeClock();
  const keyValueStore = memoryKeyValueStore();
  const counter = createUsageCounter({ keyValueStore, clock: time.clock, fetch: async () => answer() });
  return { time, keyValueStore, counter, read: () => usageOf(keyValueStore, time.clock.now()) };
}

test('headers and bodies are counted in both directions and saved once a minute', async () => {
  const { time, counter, read } = open(() => new Response('xxxx', { headers: { 'Content-Length': '4' } }));
  await counter.fetch('/api/chat/send', { method: 'POST', body: 'yyy' });
  await counter.fetch('/api/sync');
  expect(read()).toEqual({ today: 0, month: 0 });
  await time.pass(60_000);
  expect(read()).toEqual({ today: 2 * HEADER_BYTES + 11, month: 2 * HEADER_BYTES + 11 });
});

test('an answer without a Content-Length is measured as it is read, and can still be read', async () => {
  const { time, counter, read } = open(() => new Response('panjang'));
  expect(await (await counter.fetch('/api/sync')).text()).toBe('panjang');
  await time.pass(60_000);
  expect(read().today).toBe(HEADER_BYTES + 7);
});

test('a day and a month begin at zero, and the counts of two tabs are added', async () => {
  const { time, keyValueStore, counter } = open(() => new Response(null, { status: 204 }));
  const other = createUsageCounter({
    keyValueStore,
    clock: time.clock,
    fetch: async () => new Response(null, { status: 204 }),
  });
  const at = (year: number, month: number, day: number) => new Date(year, month, day, 12).getTime();
  await time.pass(at(2026, 0, 30) - time.clock.now());
  await counter.fetch('/');
  counter.save();
  await other.fetch('/');
  other.save();
  expect(usageOf(keyValueStore, at(2026, 0, 30))).toEqual({
    today: 2 * HEADER_BYTES,
    month: 2 * HEADER_BYTES,
  });
  expect(usageOf(keyValueStore, at(2026, 0, 31))).toEqual({ today: 0, month: 2 * HEADER_BYTES });
  expect(usageOf(keyValueStore, at(2026, 1, 1))).toEqual({ today: 0, month: 0 });
});
