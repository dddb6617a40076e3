import { expect, it } from 'vitest';
import { ApiError } from '../errors.ts';
import { createTransfers } from './transfers.ts';

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
  const ends = Array.from({ length: 4 }, () => transfers.begin('ani'));
  expect(refusalOf(() => transfers.begin('ani'))).toEqual(['TOO_MANY_REQUESTS', 1]);
  ends[0]?.();
  ends[0]?.();
  transfers.begin('ani');
  expect(refusalOf(() => transfers.begin('ani'))).toEqual(['TOO_MANY_REQUESTS', 1]);
});

it('a box has sixteen transfers at once', () => {
  const transfers = createTransfers();
  const ends = ['a', 'b', 'c', 'd'].flatMap((id) => Array.from({ length: 4 }, () => transfers.begin(id)));
  expect(refusalOf(() => transfers.begin('e'))).toEqual(['OVERLOADED', 2]);
  for (const end of ends) end();
  for (let n = 0; n < 4; n++) transfers.begin('e');
});

it('a transfer that fails makes room, too', async () => {
  const transfers = createTransfers();
  const fails = () => transfers.run('ani', () => Promise.reject(new Error('cut')));
  for (let n = 0; n < 9; n++) await expect(fails()).rejects.toThrow('cut');
});
