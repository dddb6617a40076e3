import { expect, test } from 'vitest';
import { fakeClock } from '../test/support/fake-clock.ts';
import { createDeadline, withTimeout } from './deadline.ts';

const never = () => new Promise<string>(() => undefined);

test('work that takes over two seconds is rejected, and until it ends other work is rejected at once', async () => {
  const { clock, pass } = fakeClock();
  const bounded = createDeadline(clock);
  const first = Promise.withResolvers<string>();
  const results: string[] = [];
  const record = (work: Promise<string>) =>
    work.then(
      (value) => results.push(value),
      (thrown: Error) => results.push(thrown.name),
    );
  void record(bounded(first.promise));
  await pass(1_999);
  expect(results).toEqual([]);
  await pass(1);
  expect(results).toEqual(['TimeoutError']);
  void record(bounded(never()));
  await pass(0);
  expect(results).toEqual(['TimeoutError', 'TimeoutError']);
});

test('after overdue work has ended, other work has two seconds again', async () => {
  const { clock, pass } = fakeClock();
  const bounded = createDeadline(clock);
  const slow = Promise.withResolvers<string>();
  const refused = bounded(slow.promise).catch(() => 'late');
  await pass(2_000);
  expect(await refused).toBe('late');
  slow.resolve('answer');
  await pass(0);
  const next = Promise.withResolvers<string>();
  const waited = bounded(next.promise);
  await pass(1_000);
  next.resolve('in time');
  expect(await waited).toBe('in time');
});

test('an error is passed on as it is, or replaced by the fallback', async () => {
  const { clock } = fakeClock();
  const failing = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  await expect(createDeadline(clock)(failing())).rejects.toMatchObject({ name: 'QuotaExceededError' });
  expect(await withTimeout<string>(clock, failing(), 'none')).toBe('none');
});
