import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { memoryKeyValueStore } from '../key-value-store.ts';
import { createMeter, usageOf } from './data-usage.ts';

const HEADS = 700;

function open(answer: () => Response) {
  const time = fakeClock();
  const keyValueStore = memoryKeyValueStore();
  const meter = createMeter({ keyValueStore, clock: time.clock, fetch: async () => answer() });
  return { time, keyValueStore, meter, read: () => usageOf(keyValueStore, time.clock.now()) };
}

test('counts heads and bodies, both ways, and keeps them once a minute', async () => {
  const { time, meter, read } = open(() => new Response('xxxx', { headers: { 'Content-Length': '4' } }));
  await meter.fetch('/api/chat/send', { method: 'POST', body: 'yyy' });
  await meter.fetch('/api/sync');
  expect(read()).toEqual({ today: 0, month: 0 });
  await time.pass(60_000);
  expect(read()).toEqual({ today: 2 * HEADS + 11, month: 2 * HEADS + 11 });
});

test('an answer whose length nobody said is measured as it is read, and can still be read', async () => {
  const { time, meter, read } = open(() => new Response('panjang'));
  expect(await (await meter.fetch('/api/sync')).text()).toBe('panjang');
  await time.pass(60_000);
  expect(read().today).toBe(HEADS + 7);
});

test('a day and a month begin at nothing, and what two tabs count is added', async () => {
  const { time, keyValueStore, meter } = open(() => new Response(null, { status: 204 }));
  const other = createMeter({
    keyValueStore,
    clock: time.clock,
    fetch: async () => new Response(null, { status: 204 }),
  });
  const at = (year: number, month: number, day: number) => new Date(year, month, day, 12).getTime();
  await time.pass(at(2026, 0, 30) - time.clock.now());
  await meter.fetch('/');
  meter.keep();
  await other.fetch('/');
  other.keep();
  expect(usageOf(keyValueStore, at(2026, 0, 30))).toEqual({ today: 2 * HEADS, month: 2 * HEADS });
  expect(usageOf(keyValueStore, at(2026, 0, 31))).toEqual({ today: 0, month: 2 * HEADS });
  expect(usageOf(keyValueStore, at(2026, 1, 1))).toEqual({ today: 0, month: 0 });
});
