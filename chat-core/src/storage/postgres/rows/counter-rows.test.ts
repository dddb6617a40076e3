import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../../../test/support/postgres.ts';
import { createBackoff } from '../../../auth/backoff.ts';
import { createBoxBackoff } from '../../../auth/shared-backoff.ts';
import { createBoxLimits } from '../../../http/box-limits.ts';
import type { Limiter } from '../../../http/limiter.ts';
import { createRateLimiter } from '../../../http/rate-limits.ts';
import { readRates } from '../../../rates.ts';
import { memoryDisk } from '../../lowdb/disk/memory-disk.ts';
import type { SharedCounters } from '../../shared-counters.ts';
import { clientConfig, openReaders, queryOf } from '../connections/connection.ts';
import { openPostgresStore } from '../postgres-store.ts';
import { CounterRows, deleteOldCounters } from './counter-rows.ts';

const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 60), seed: Number(process.env.FUZZ_SEED ?? 31) };

describe.runIf(hasPostgres)('counters in PostgreSQL', () => {
  let postgres: Postgres;
  let url: string;
  let readers: ReturnType<typeof openReaders>;
  let counters: SharedCounters;
  let run = 0;
  const sql = (text: string) => postgres.run(text, new URL(url).pathname.slice(1));

  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.newDatabase();
    const store = await openPostgresStore({
      databaseUrl: url,
      filesFolder: 'files',
      disk: memoryDisk(),
      now: Date.now,
    });
    await store.close();
    readers = openReaders(clientConfig(url));
    counters = new CounterRows(queryOf(readers));
  });
  afterAll(async () => {
    await readers?.end();
    await postgres?.stop();
  });

  const outcomeOf = async (work: () => unknown): Promise<unknown> => {
    try {
      return (await work()) ?? 'done';
    } catch (error) {
      return (error as { code?: string }).code ?? error;
    }
  };

  it('refuse and count as those in memory do, whatever is counted, checked and taken back', async () => {
    const rates = readRates('logins=3/600,factors=1/600') ?? undefined;
    const step = fc.record({
      what: fc.constantFrom('consume', 'check', 'count', 'refund' as const),
      name: fc.constantFrom('logins', 'factors' as const),
      key: fc.constantFrom('ani', 'budi 10.0.0.1'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const prefix = `${++run} `;
        const here = createRateLimiter(rates);
        const shared = createBoxLimits(createRateLimiter(rates), rates, counters);
        for (const { what, name, key } of steps) {
          const use = (limiter: Limiter) => outcomeOf(() => limiter[what](name as 'logins', prefix + key));
          expect(await use(shared)).toBe(await use(here));
        }
      }),
      RUNS,
    );
  });

  it('delay guesses as those in memory do', async () => {
    const rate = { count: 3, seconds: 64_000 };
    const clock = () => 1_700_000_000_000;
    const step = fc.record({
      what: fc.constantFrom('count', 'count', 'count', 'uncount', 'forget', 'get' as const),
      key: fc.constantFrom('ani', 'budi'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const here = createBackoff(rate, clock);
        const shared = createBoxBackoff(counters, `run ${++run}`, rate, clock);
        for (const { what, key } of steps) {
          const use = (backoff: typeof shared) => outcomeOf(() => backoff[what](key));
          const [one, other] = [await use(shared), await use(here)];
          if (what !== 'get') expect(one).toEqual(other);
          else expect((one as { count?: number }).count).toBe((other as { count?: number }).count);
        }
      }),
      RUNS,
    );
  });

  it('let no more pass when many come at once at several cores', async () => {
    const other = openReaders(clientConfig(url));
    const both = [counters, new CounterRows(queryOf(other))];
    const window = { max: 10, ms: 600_000 };
    const waits = await Promise.all(
      Array.from({ length: 60 }, (_, n) => both[n % 2]?.count('at once', 1, window)),
    );
    expect(waits.filter((ms) => ms === 0)).toHaveLength(10);
    expect(Math.max(...waits.map(Number))).toBeGreaterThan(500_000);
    const delays = { free: 5, firstMs: 60_000, maxMs: 600_000 };
    const guesses = await Promise.all(
      Array.from({ length: 60 }, (_, n) => both[n % 2]?.guess('guesses at once', delays)),
    );
    expect(guesses.filter((ms) => ms === 0)).toHaveLength(5);
    await other.end();
  });

  it('begin a new window when the old one has ended', async () => {
    const window = { max: 1, ms: 600_000 };
    expect([await counters.count('w', 1, window), (await counters.count('w', 1, window)) > 0]).toEqual([
      0,
      true,
    ]);
    await sql("update limits set until = now() - interval '1 second' where key = 'w'");
    expect([await counters.waitOf('w', 2), await counters.count('w', 1, window)]).toEqual([0, 0]);
    expect(await counters.waitOf('w', 1)).toBeGreaterThan(500_000);
  });

  it('hold no name and no address, and are deleted when they limit nothing any more, or are too many', async () => {
    const limits = createBoxLimits(
      createRateLimiter(readRates('on') ?? undefined),
      readRates('on') ?? undefined,
      counters,
    );
    await limits.consume('logins', 'rahasia 203.0.113.7');
    const text = JSON.stringify(await sql('select * from limits'));
    expect(text).not.toMatch(/rahasia|203\.0/);
    const query = queryOf(readers);
    const count = async () => Number((await sql('select count(*)::int as n from limits'))[0]?.n);
    await sql('delete from limits');
    for (const key of ['a', 'b', 'c']) await counters.count(key, 1, { max: 1, ms: 600_000 });
    await sql("update limits set changed_at = now() - interval '2 days' where key in ('a', 'b')");
    await sql("update limits set until = now() - interval '1 hour' where key = 'a'");
    await deleteOldCounters(query);
    expect(await sql('select key from limits order by key')).toEqual([{ key: 'b' }, { key: 'c' }]);
    await deleteOldCounters(query, 1);
    expect([await count(), await sql('select key from limits')]).toEqual([1, [{ key: 'c' }]]);
  });
});
