import { readdirSync, readFileSync } from 'node:fs';
import type { Client } from 'pg';
import { v4 as uuid } from 'uuid';
import { SERVER } from '../commits/epochs.ts';
import { DatabaseError, placeOf } from '../connections/database-error.ts';

const FOLDER = new URL('./', import.meta.url);
/** Any number, the same in all cores: who holds this lock migrates. */
const LOCK = 7_247_501;

/** The migrations of this version, by number from 1. Each is one file of SQL: `<number>-<what it makes>.sql`. */
function migrations(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}-[a-z-]+\.sql$/.test(name))
    .sort()
    .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));
}

/** The number of the newest migration of this version. */
export const newestMigration = (): number => migrations().length;

/** The sentence for tables that a newer version has changed. */
export function newerTables(databaseUrl: string, newest: number): DatabaseError {
  return new DatabaseError(
    `DATABASE_URL: ${placeOf(databaseUrl)} was written by a newer version (its tables are at ${newest}, this version knows ${newestMigration()}). Install that version, or name another database.`,
  );
}

/**
 * Brings the tables of a database to this version: one core does, others wait meanwhile. An empty database becomes that of a
 * new box. All or none of it happens.
 * @throws DatabaseError when it is of a newer version
 */
export async function migrate(client: Client, databaseUrl: string): Promise<void> {
  const known = migrations();
  await client.query('begin');
  try {
    await client.query(`select pg_advisory_xact_lock(${LOCK})`);
    const { rows: tables } = await client.query<{ found: string | null }>(
      "select to_regclass('migrations')::text as found",
    );
    if (!tables[0]?.found)
      await client.query('create table migrations (number int primary key, at timestamptz default now())');
    const { rows } = await client.query<{ newest: number }>(
      'select coalesce(max(number), 0) as newest from migrations',
    );
    const newest = rows[0]?.newest ?? 0;
    if (newest > known.length) throw newerTables(databaseUrl, newest);
    for (const [index, sql] of known.entries()) {
      if (index < newest) continue;
      await client.query(sql);
      await client.query('insert into migrations (number) values ($1)', [index + 1]);
    }
    await client.query(
      `insert into box (epoch, revision, at, clock, server) values ($1, 0, 0, 0, ${SERVER}) on conflict do nothing`,
      [uuid()],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}
