import { expect, it } from 'vitest';
import { ApiError } from '../errors.ts';
import { createTransfers, type Transfer, type Transfers } from './transfers.ts';

const refusalOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof ApiError) return [error.code, error.retryAfter];
    throw error;
  }
  return undefined;
};

it('an account has four transfers at once, and one that ends makes room for one', () => {
  const transfers = createTransfers();
  const began = Array.from({ length: 4 }, () => transfers.begin('ani'));
  expect(refusalOf(() => transfers.begin('ani'))).toEqual(['TOO_MANY_REQUESTS', 1]);
  began[0]?.end();
  began[0]?.end();
  transfers.begin('ani');
  expect(refusalOf(() => transfers.begin('ani'))).toEqual(['TOO_MANY_REQUESTS', 1]);
});

/** As many transfers of each account as there are letters of it. */
const beginAll = (transfers: Transfers, ids: string) => [...ids].map((id) => transfers.begin(id));
const cutOf = (began: Transfer[]) =>
  began.flatMap(({ signal }, index) => (signal.aborted ? [[index, (signal.reason as ApiError).code]] : []));

it('a box has sixteen transfers at once', () => {
  const transfers = createTransfers(() => 0);
  const began = beginAll(transfers, 'abcdefghijklmnop');
  expect(refusalOf(() => transfers.begin('q'))).toEqual(['OVERLOADED', 2]);
  for (const { end } of began) end();
  for (let n = 0; n < 4; n++) transfers.begin('q');
  expect(cutOf(began)).toEqual([]);
});

it('on a full box an account with fewer transfers takes the places of those who have most, until all have as many', () => {
  const clock = { now: 0 };
  const transfers = createTransfers(() => clock.now++);
  const began = beginAll(transfers, 'aaaabbbbccccdddd');
  began[0]?.progress();
  const own = [transfers.begin('e'), transfers.begin('e'), transfers.begin('e')];
  // Of each account the one that has moved nothing for longest.
  expect(cutOf(began)).toEqual([1, 4, 8].map((index) => [index, 'OVERLOADED']));
  expect(refusalOf(() => transfers.begin('e'))).toEqual(['OVERLOADED', 2]);
  for (const id of 'abc') expect(refusalOf(() => transfers.begin(id))).toEqual(['OVERLOADED', 2]);
  // One that was cut frees no place when it ends.
  began[1]?.end();
  expect(refusalOf(() => transfers.begin('e'))).toEqual(['OVERLOADED', 2]);
  expect(cutOf(own)).toEqual([]);
});

it('on a full box a transfer that stands still gives its place to any other account, and one that moves does not', () => {
  const clock = { now: 0 };
  const transfers = createTransfers(() => clock.now);
  const began = beginAll(transfers, 'abcdefghijklmnop');
  clock.now = 14_999;
  for (const { progress } of began.filter((_, index) => index !== 5)) progress();
  expect(refusalOf(() => transfers.begin('q'))).toEqual(['OVERLOADED', 2]);
  clock.now = 15_000;
  transfers.begin('q');
  expect(cutOf(began)).toEqual([[5, 'OVERLOADED']]);
  expect(refusalOf(() => transfers.begin('r'))).toEqual(['OVERLOADED', 2]);
});

it('a transfer that fails makes room, too', async () => {
  const transfers = createTransfers();
  const fails = () => transfers.run('ani', () => Promise.reject(new Error('cut')));
  for (let n = 0; n < 9; n++) await expect(fails()).rejects.toThrow('cut');
});

it('a part beside others ends after a pause as long as it took, 50 ms at most, and a lone one at once', async () => {
  let time = 0;
  const pauses: number[] = [];
  const transfers = createTransfers(
    () => time,
    async (ms) => pauses.push(ms),
  );
  const part = (ms: number) =>
    transfers.run('ani', async () => {
      time += ms;
      return 'stored';
    });
  expect(await part(20)).toBe('stored');
  expect(pauses).toEqual([]);
  const other = transfers.begin('budi');
  expect(await part(20)).toBe('stored');
  await part(5000);
  expect(pauses).toEqual([20, 50]);
  other.end();
  await part(20);
  expect(pauses).toEqual([20, 50]);
});
