import { expect, it, vi } from 'vitest';
import { createMissedCommits } from './missed-commits.ts';
import type { Sessions } from './sessions.ts';

vi.mock('./sessions.ts', () => ({
  authenticate: (_: unknown, token: string) =>
    token === 'ani' || token === 'budi' ? { userId: token, deviceId: 'd' } : undefined,
}));

function rig(catchUp: (() => Promise<void>) | undefined) {
  const tokens = { verify: (token: string) => (token === 'forged' ? undefined : { userId: token }) };
  const clock = { now: 0 };
  const sessions = { store: { catchUp }, tokens } as unknown as Sessions;
  return { clock, missed: createMissedCommits(sessions, () => clock.now) };
}

it('a person whose last request was at another core, or a while ago, waits for the commits of others once', async () => {
  const catchUp = vi.fn(async () => {});
  const { clock, missed } = rig(catchUp);
  await missed?.('ani');
  expect(catchUp).toHaveBeenCalledTimes(1);
  clock.now = 1999;
  expect(missed?.('ani')).toBeUndefined();
  clock.now = 3998;
  expect(missed?.('ani')).toBeUndefined();
  await missed?.('budi');
  expect(catchUp).toHaveBeenCalledTimes(2);
  clock.now = 5998;
  await missed?.('ani');
  expect(catchUp).toHaveBeenCalledTimes(3);
});

it('while the database is away a known person does not wait for it, and an unknown token is not refused', async () => {
  const { missed } = rig(async () => {
    throw new Error('the database is away');
  });
  await expect(missed?.('ani')).resolves.toBeUndefined();
  await expect(missed?.('of another core')).rejects.toThrow('away');
});

it('a token that no core has issued, and a store that no other core has, cost nothing', () => {
  const catchUp = vi.fn(async () => {});
  expect(rig(catchUp).missed?.('forged')).toBeUndefined();
  expect(catchUp).not.toHaveBeenCalled();
  expect(rig(undefined).missed).toBeUndefined();
});
