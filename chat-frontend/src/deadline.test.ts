import { expect, test } from 'vitest';
import { fakeClock } from '../test/support/fake-clock.ts';
import { createDeadline, inTime } from './deadline.ts';

const never = () => new Promise<string>(() => undefined);

test('what does not answer within two seconds is refused, and while it is silent the next is at once', async () => {
  const { clock, pass } = fakeClock();
  const bounded = createDeadline(clock);
  const first = Promise.withResolvers<string>();
  const said: string[] = [];
  const note = (work: Promise<string>) =>
    work.then(
      (value) => said.push(value),
      (thrown: Error) => said.push(thrown.name),
    );
  void note(bounded(first.promise));
  await pass(1_999);
  expect(said).toEqual([]);
  await pass(1);
  expect(said).toEqual(['TimeoutError']);
  void note(bounded(never()));
  await pass(0);
  expect(said).toEqual(['TimeoutError', 'TimeoutError']);
});

test('what answers after all is waited for again', async () => {
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

test('what fails is passed on as it is, or replaced where nothing depends on it', async () => {
  const { clock } = fakeClock();
  const failing = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  await expect(createDeadline(clock)(failing())).rejects.toMatchObject({ name: 'QuotaExceededError' });
  expect(await inTime<string>(clock, failing(), 'none')).toBe('none');
});
