import { afterEach, expect, test, vi } from 'vitest';
import { CHECK_INTERVAL_MS, DeferredPushes } from './deferred-pushes.ts';

afterEach(() => {
  vi.useRealTimers();
});

function open() {
  vi.useFakeTimers();
  const viewing = new Set<string>();
  const delivered: string[] = [];
  const deferred = new DeferredPushes({
    isViewing: (userId) => viewing.has(userId),
    deliver: (userId, conversationId) => delivered.push(`${userId} ${conversationId}`),
  });
  return { viewing, delivered, deferred };
}

test('each conversation is delivered once, soon after its person stopped viewing', () => {
  const { viewing, delivered, deferred } = open();
  viewing.add('ani').add('budi');
  for (const conversation of ['a', 'b', 'a']) deferred.add('ani', conversation);
  deferred.add('budi', 'c');
  vi.advanceTimersByTime(60 * CHECK_INTERVAL_MS);
  expect(delivered).toEqual([]);
  viewing.delete('ani');
  vi.advanceTimersByTime(CHECK_INTERVAL_MS);
  expect(delivered).toEqual(['ani b', 'ani a']);
  viewing.delete('budi');
  vi.advanceTimersByTime(CHECK_INTERVAL_MS);
  expect(delivered).toEqual(['ani b', 'ani a', 'budi c']);
});

test('no timer runs while no push is deferred', () => {
  const { deferred } = open();
  expect(vi.getTimerCount()).toBe(0);
  deferred.add('ani', 'a');
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(CHECK_INTERVAL_MS);
  expect([vi.getTimerCount(), deferred.size]).toEqual([0, 0]);
  deferred.add('ani', 'a');
  deferred.close();
  expect([vi.getTimerCount(), deferred.size]).toEqual([0, 0]);
});

test('the newest twenty conversations of an account are deferred, and of two thousand accounts', () => {
  const { viewing, delivered, deferred } = open();
  for (let n = 0; n < 2100; n++) {
    viewing.add(`p${n}`);
    deferred.add(`p${n}`, 'a');
  }
  expect(deferred.size).toBe(2000);
  for (let n = 0; n < 30; n++) deferred.add('p2099', `c${n}`);
  viewing.delete('p2099');
  deferred.check();
  expect(delivered).toEqual(Array.from({ length: 20 }, (_, index) => `p2099 c${index + 10}`));
});
