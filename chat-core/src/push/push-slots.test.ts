import { beforeEach, expect, test } from 'vitest';
import { PushSlots } from './push-slots.ts';

const KNOWN = 'push.known';
let now: number;
let changes: string[];
let slots: PushSlots;
beforeEach(() => {
  now = 0;
  changes = [];
  slots = new PushSlots({
    isKnown: (host) => host === KNOWN,
    onHostChange: (host, isAnswering) => changes.push(`${host} ${isAnswering}`),
    now: () => now,
  });
});

/** Lets a host answer once, or fail. */
const attempt = (host: string, hasAnswered: boolean) => slots.start(`account of ${host}`, host)(hasAnswered);
/** Starts as many attempts as may run at these hosts, each of an account of its own; returns what ends them. */
function fill(hosts: string[]) {
  const ends: ((hasAnswered: boolean | undefined) => void)[] = [];
  hosts.forEach((host, n) => {
    if (slots.waitMs(`filling ${n}`, host) === 0) ends.push(slots.start(`filling ${n}`, host));
  });
  return ends;
}
const several = (count: number, name: string) =>
  Array.from({ length: count }, (_, n) => `${name}${n}.example`);

test('hosts that have never answered run two attempts in all, and one each', () => {
  expect(fill(['a.example', 'a.example', 'b.example', 'c.example'])).toHaveLength(2);
  expect(slots.waitMs('one', KNOWN)).toBe(0);
});

test('hosts that answer take at most half of the slots, and those of a known push service stay free', () => {
  const others = several(20, 'h');
  for (const host of others) attempt(host, true);
  expect(fill(others)).toHaveLength(4);
  expect(fill(Array.from({ length: 8 }, () => KNOWN))).toHaveLength(4);
});

test('a host that stops answering rests longer each time, up to a minute, and is tried by one attempt', () => {
  for (let n = 0; n < 2; n++) attempt(KNOWN, false);
  expect([slots.waitMs('one', KNOWN), changes]).toEqual([0, []]);
  attempt(KNOWN, false);
  expect([slots.waitMs('one', KNOWN), changes]).toEqual([10_000, [`${KNOWN} false`]]);
  now = 10_000;
  expect(slots.waitMs('one', KNOWN)).toBe(0);
  const end = slots.start('one', KNOWN);
  expect(slots.waitMs('two', KNOWN)).toBe(Number.POSITIVE_INFINITY);
  end(false);
  expect(slots.waitMs('two', KNOWN)).toBe(60_000);
  now += 60_000;
  attempt(KNOWN, false);
  expect(slots.waitMs('two', KNOWN)).toBe(60_000);
  now += 60_000;
  attempt(KNOWN, true);
  expect([slots.waitMs('two', KNOWN), changes]).toEqual([0, [`${KNOWN} false`, `${KNOWN} true`]]);
});

test('a host that has never answered rests after one failure, up to five minutes', () => {
  const waits = [0, 1, 2, 3].map(() => {
    attempt('h.example', false);
    const wait = slots.waitMs('one', 'h.example');
    now += wait;
    return wait;
  });
  expect(waits).toEqual([10_000, 60_000, 300_000, 300_000]);
});

test('attempts that fail together make a host rest once', () => {
  const ends = fill(Array.from({ length: 6 }, () => KNOWN));
  now = 5000;
  for (const end of ends) end(false);
  expect(slots.waitMs('one', KNOWN)).toBe(10_000);
});

test('an attempt that did not ask the host says nothing about it', () => {
  slots.start('one', 'h.example')(undefined);
  expect([slots.waitMs('one', 'h.example'), slots.isUnanswered('h.example')]).toEqual([0, true]);
});

test('a flood of hosts and accounts does not let a running attempt be forgotten', () => {
  const end = slots.start('one', 'h.example');
  for (let n = 0; n < 5000; n++) slots.start(`a${n}`, `h${n}.example`)(true);
  expect(slots.waitMs('two', 'h.example')).toBe(Number.POSITIVE_INFINITY);
  end(true);
  expect(slots.waitMs('two', 'h.example')).toBe(0);
});
