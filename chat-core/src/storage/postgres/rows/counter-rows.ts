import type { Delays, SharedCounters, Window } from '../../shared-counters.ts';
import type { Query } from '../connections/connection.ts';

const MS = "interval '1 millisecond'";
const LEFT_MS = 'greatest(0, extract(epoch from until - now()) * 1000)::float8';
/** A row that no longer limits anything is deleted after so long without a change. */
const KEEP = "interval '1 day'";
/** Rows at most, some ten MB: a flood of new names deletes those that were changed longest ago. */
const MAX_ROWS = 200_000;

/** Counters as rows of the table `limits`. Each change is one statement, a transaction of its own. */
export class CounterRows implements SharedCounters {
  private readonly query: Query;

  constructor(query: Query) {
    this.query = query;
  }

  async count(key: string, cost: number, { max, ms }: Window): Promise<number> {
    const counted = await this.query(
      `insert into limits as l (key, used, until) values ($1, $2, now() + $3 * ${MS})
       on conflict (key) do update set
         used = case when l.until <= now() then excluded.used else l.used + excluded.used end,
         until = case when l.until <= now() then excluded.until else l.until end,
         changed_at = now()
       where l.until <= now() or l.used < $4 returning key`,
      [key, cost, ms, max],
    );
    return counted.length > 0 ? 0 : this.leftMs(key);
  }

  async waitOf(key: string, max: number): Promise<number> {
    const [row] = await this.query<{ ms: number }>(
      `select ${LEFT_MS} as ms from limits where key = $1 and used >= $2`,
      [key, max],
    );
    return row?.ms ?? 0;
  }

  async refund(key: string): Promise<void> {
    await this.query('update limits set used = used - 1 where key = $1 and used > 0', [key]);
  }

  async guess(key: string, { free, firstMs, maxMs }: Delays): Promise<number> {
    const counted = await this.query(
      `insert into limits as l (key, used, until)
       values ($1, 1, now() + (case when $2::bigint <= 1 then $3::float8 else 0 end) * ${MS})
       on conflict (key) do update set
         used = l.used + 1,
         until = now() + (case when l.used + 1 >= $2::bigint
           then least($4::float8, $3::float8 * power(2, least(60, l.used + 1 - $2::bigint)::float8)) else 0 end) * ${MS},
         changed_at = now()
       where l.until <= now() returning key`,
      [key, free, firstMs, maxMs],
    );
    return counted.length > 0 ? 0 : this.leftMs(key);
  }

  async takeBackGuess(key: string): Promise<void> {
    await this.query(
      `with none as (delete from limits where key = $1 and used <= 1)
       update limits set used = used - 1, until = now() where key = $1 and used > 1`,
      [key],
    );
  }

  async guesses(key: string): Promise<{ count: number; waitMs: number } | undefined> {
    const [row] = await this.query<{ used: number; ms: number }>(
      `select used, ${LEFT_MS} as ms from limits where key = $1`,
      [key],
    );
    return row && { count: row.used, waitMs: row.ms };
  }

  async restoreGuesses(key: string, { count, waitMs }: { count: number; waitMs: number }): Promise<void> {
    await this.query(
      `insert into limits (key, used, until) values ($1, $2, now() + $3::float8 * ${MS}) on conflict do nothing`,
      [key, count, waitMs],
    );
  }

  async forgetGuesses(key: string): Promise<number> {
    const [row] = await this.query<{ used: number }>('delete from limits where key = $1 returning used', [
      key,
    ]);
    return row?.used ?? 0;
  }

  private async leftMs(key: string): Promise<number> {
    const [row] = await this.query<{ ms: number }>(`select ${LEFT_MS} as ms from limits where key = $1`, [
      key,
    ]);
    return Math.max(1, row?.ms ?? 1);
  }
}

/** Deletes counters that limit nothing any more, and the oldest of too many. */
export async function deleteOldCounters(query: Query, maxRows: number = MAX_ROWS): Promise<void> {
  await query(`delete from limits where until < now() and changed_at < now() - ${KEEP}`);
  await query(
    `delete from limits where changed_at <=
       (select changed_at from limits order by changed_at desc offset $1 limit 1)`,
    [maxRows],
  );
}
