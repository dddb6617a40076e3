import { describe, expect, it } from 'vitest';
import { nextBackupAt } from './schedule.ts';

const at = (text: string) => new Date(text).getTime();
const NOW = at('2026-11-20T15:00');
const next = (
  lastAt: string | undefined,
  now = NOW,
  more: { failures?: number; lastAttemptAt?: string } = {},
) =>
  nextBackupAt(
    {
      lastAt: lastAt === undefined ? undefined : at(lastAt),
      failures: more.failures ?? 0,
      lastAttemptAt: more.lastAttemptAt === undefined ? undefined : at(more.lastAttemptAt),
    },
    '03:00',
    now,
  );

describe('the schedule', () => {
  it('the next backup is at the time of the next local day', () => {
    expect(next('2026-11-20T03:00')).toBe(at('2026-11-21T03:00'));
    expect(next('2026-11-20T02:59:59', at('2026-11-20T02:59:59'))).toBe(at('2026-11-20T03:00'));
  });

  it('a box that was off at the time makes its backup at once, and so does one without any', () => {
    for (const lastAt of [undefined, '2026-11-19T03:00', '2026-10-01T03:00'])
      expect(next(lastAt)).toBeLessThanOrEqual(NOW);
  });

  it('after failures the pauses grow to three hours', () => {
    const after = (failures: number) =>
      (next('2026-11-19T03:00', NOW, { failures, lastAttemptAt: '2026-11-20T14:00' }) -
        at('2026-11-20T14:00')) /
      60_000;
    expect([1, 2, 3, 4, 9].map(after)).toEqual([5, 15, 60, 180, 180]);
  });

  it('a stored backup whose rehearsal goes on failing is made anew each night, and not every three hours', () => {
    const after = (failures: number) =>
      next('2026-11-20T14:00', NOW, { failures, lastAttemptAt: '2026-11-20T14:00' });
    expect([1, 2, 3].map(after)).toEqual(
      ['2026-11-20T14:05', '2026-11-20T14:15', '2026-11-20T15:00'].map(at),
    );
    expect([4, 9].map(after)).toEqual([at('2026-11-21T03:00'), at('2026-11-21T03:00')]);
  });

  it('a backup made while the clock was years ahead does not stop the next ones', () => {
    expect(next('2099-01-01T03:00')).toBeLessThanOrEqual(NOW);
    expect(next(undefined, NOW, { failures: 3, lastAttemptAt: '2099-01-01T03:00' })).toBeLessThanOrEqual(NOW);
  });
});
