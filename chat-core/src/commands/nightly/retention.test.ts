import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expiredBackups, nameOfBackup, nextStamp, timeOfBackup } from './retention.ts';

const DAY = 24 * 3_600_000;
const START = Date.parse('2026-01-05T03:00:00Z');
const nightly = (count: number) => Array.from({ length: count }, (_, n) => nameOfBackup(START + n * DAY));
/** Times of any year, 1970 and 2099 too: clocks of small boxes jump. */
const names = fc
  .uniqueArray(fc.integer({ min: 0, max: 4_000_000_000 }), { maxLength: 60 })
  .map((seconds) => seconds.map((one) => nameOfBackup(one * 1000)));
const foreign = fc.array(fc.oneof(fc.string(), fc.constant('bisik-2026.age'), fc.constant('photos.zip')));

describe('retention', () => {
  it('after 60 nights the last 7 days and the newest backup of each of 4 weeks are left', () => {
    const left = nightly(60).filter((name) => !expiredBackups(nightly(60), []).includes(name));
    expect(left.map((name) => name.slice(6, 16))).toEqual([
      '2026-02-15',
      '2026-02-22',
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
      '2026-03-02',
      '2026-03-03',
      '2026-03-04',
      '2026-03-05',
    ]);
  });

  it('it keeps the newest backup, protected ones and at most eleven others, and touches no other name', () => {
    fc.assert(
      fc.property(names, foreign, fc.nat(), (backups, others, pick) => {
        const protectedNames = backups.length > 0 ? [backups[pick % backups.length] ?? ''] : [];
        const expired = expiredBackups([...others, ...backups], protectedNames);
        const left = backups.filter((name) => !expired.includes(name));
        expect(expired.every((name) => backups.includes(name))).toBe(true);
        for (const name of [...protectedNames, ...backups.toSorted().slice(-1)])
          expect(expired).not.toContain(name);
        expect(left.length).toBeLessThanOrEqual(12);
        // What is left stays left, and a night later only older ones go.
        expect(expiredBackups(left, protectedNames)).toEqual([]);
      }),
    );
  });

  it('a new backup is the newest by its name, whatever the clock says', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 4_000_000_000 }), (backups, now) => {
        const name = nameOfBackup(nextStamp(backups, now * 1000));
        expect([...backups, name].sort().at(-1)).toBe(name);
        expect(timeOfBackup(name)).toBeGreaterThanOrEqual(now * 1000);
      }),
    );
  });
});
