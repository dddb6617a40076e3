import { expect, it } from 'vitest';
import { createInFlightShares } from './in-flight-shares.ts';

const REFUSED = expect.objectContaining({ code: 'TOO_MANY_REQUESTS' });
const range = (length: number) => Array.from({ length }, (_, n) => n);

/** Enters as often as there is room. */
function fill(shares: ReturnType<typeof createInFlightShares>, account: string | undefined, network: string) {
  const entered: (() => void)[] = [];
  try {
    for (;;) {
      if (shares.isCrowded()) shares.requireRoom(account, network);
      entered.push(shares.enter(account, network));
    }
  } catch (error) {
    expect(error).toEqual(REFUSED);
    return entered;
  }
}

it('an account has a quarter of the requests in flight, whatever its network, and the next one has its own', () => {
  const shares = createInFlightShares(256);
  expect(fill(shares, 'ani', '203.0.113.1')).toHaveLength(64);
  expect(() => shares.requireRoom('ani', '203.0.113.2')).toThrow(REFUSED);
  expect(fill(shares, 'budi', '203.0.113.1')).toHaveLength(64);
});

it('all callers of one network have three quarters together, with and without an account', () => {
  const shares = createInFlightShares(256);
  const entered = range(9).flatMap((n) => fill(shares, n < 2 ? `account ${n}` : undefined, '203.0.113.1'));
  expect(entered).toHaveLength(192);
  expect(() => shares.requireRoom('account 5', '203.0.113.1')).toThrow(REFUSED);
  expect(fill(shares, 'account 5', '203.0.113.2')).toHaveLength(64);
});

it('who leaves makes room again, and nothing of those who left is kept', () => {
  const shares = createInFlightShares(4);
  for (const leave of fill(shares, 'ani', '203.0.113.1')) leave();
  expect(shares.isCrowded()).toBe(false);
  for (const _ of range(1000)) fill(shares, 'ani', '203.0.113.1').forEach((leave) => void leave());
  expect(fill(shares, 'ani', '203.0.113.1')).toHaveLength(1);
});
