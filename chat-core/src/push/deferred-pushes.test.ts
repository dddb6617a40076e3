import { afterEach, expect, test, vi } from 'vitest';
import { CHECK_MS, DeferredPushes } from './deferred-pushes.ts';

afterEach(() => {
  vi.useRealTimers();
});

function open() {
  vi.useFakeTimers();
  const looking = new Set<string>();
  const delivered: string[] = [];
  const deferred = new DeferredPushes({
    looks: (userId) => looking.has(userId),
    deliver: (userId, conversationId) => delivered.push(`${userId} ${conversationId}`),
  });
  return { looking, delivered, deferred };
}

test('each conversation is delivered once, soon after its person has stopped looking', () => {
  const { looking, delivered, deferred } = open();
  looking.add('ani').add('budi');
  for (const conversation of ['a', 'b', 'a']) deferred.add('ani', conversation);
  deferred.add('budi', 'c');
  vi.advanceTimersByTime(60 * CHECK_MS);
  expect(delivered).toEqual([]);
  looking.delete('ani');
  vi.advanceTimersByTime(CHECK_MS);
  expect(delivered).toEqual(['ani b', 'ani a']);
  looking.delete('budi');
  vi.advanceTimersByTime(CHECK_MS);
  expect(delivered).toEqual(['ani b', 'ani a', 'budi c']);
});

test('no timer runs while nothing waits', () => {
  const { deferred } = open();
  expect(vi.getTimerCount()).toBe(0);
  deferred.add('ani', 'a');
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(CHECK_MS);
  expect([vi.getTimerCount(), deferred.size]).toEqual([0, 0]);
  deferred.add('ani', 'a');
  deferred.close();
  expect([vi.getTimerCount(), deferred.size]).toEqual([0, 0]);
});

test('twenty conversations of an account wait, the latest of them, and two thousand accounts', () => {
  const { looking, delivered, deferred } = open();
  for (let n = 0; n < 2100; n++) {
    looking.add(`p${n}`);
    deferred.add(`p${n}`, 'a');
  }
  expect(deferred.size).toBe(2000);
  for (let n = 0; n < 30; n++) deferred.add('p2099', `c${n}`);
  looking.delete('p2099');
  deferred.check();
  expect(delivered).toEqual(Array.from({ length: 20 }, (_, at) => `p2099 c${at + 10}`));
});
