import { expect, test } from 'vitest';
import { MOMENT_MS } from '../push/pushes.ts';
import { LINGER_MS, Looking } from './viewing.ts';

function looking() {
  const clock = { now: 1_000_000 };
  return { clock, people: new Looking(() => clock.now) };
}

test('who holds a poll and is active looks, and lingers a little after it', () => {
  const { clock, people } = looking();
  expect(people.looks('ani')).toBe(false);
  const end = people.begin('ani', 'active');
  clock.now += 60_000;
  expect([people.looks('ani'), people.looks('budi')]).toEqual([true, false]);
  end();
  expect(people.looks('ani')).toBe(true);
  clock.now += LINGER_MS;
  expect(people.looks('ani')).toBe(false);
});

test('who left the page open or behind something else does not look', () => {
  const { people } = looking();
  for (const activity of ['idle', 'hidden'] as const) people.begin('ani', activity)();
  expect(people.looks('ani')).toBe(false);
});

test('two devices look until the last of them is done, and a poll that ends twice counts once', () => {
  const { clock, people } = looking();
  const [phone, desk] = [people.begin('ani', 'active'), people.begin('ani', 'active')];
  phone();
  phone();
  clock.now += LINGER_MS;
  expect(people.looks('ani')).toBe(true);
  desk();
  clock.now += LINGER_MS;
  expect(people.looks('ani')).toBe(false);
});

test('who leaves in the moment a message comes no longer looks when it is decided', () => {
  expect(LINGER_MS).toBeLessThan(MOMENT_MS);
});

test('who polls at a slow pace looks until the next poll was to come and a little longer', () => {
  const { clock, people } = looking();
  people.pass('ani', 'active', 20_000);
  people.begin('budi', 'active')(20_000);
  // A second device that polls faster takes nothing from it.
  people.pass('ani', 'active', 0);
  clock.now += 20_000 + LINGER_MS - 1;
  expect([people.looks('ani'), people.looks('budi')]).toEqual([true, true]);
  clock.now += 1;
  expect([people.looks('ani'), people.looks('budi')]).toEqual([false, false]);
});

test('it remembers a bounded number of people', () => {
  const { people } = looking();
  for (let n = 0; n <= 5000; n++) people.begin(`p${n}`, 'active')();
  expect([people.looks('p0'), people.looks('p1'), people.looks('p5000')]).toEqual([false, true, true]);
});
