import type { Client } from 'pg';
import type { Query } from '../connections/connection.ts';

/** The first key of the advisory locks that say which cores are there; the second is that of the core. */
const LIVING = 0x6269_7369;

/** The key of a core: the first 32 bits of its id, which are random. */
export const keyOfCore = (core: string): string => String(Number.parseInt(core.slice(0, 8), 16));

/** As long as this connection lasts, this core is among the living ones. Nothing is written for it. */
export async function showLiving(client: Client, core: string): Promise<void> {
  // Shared: of a connection that broke the database may hold the lock a while longer. A key is a signed number.
  const key = Number(keyOfCore(core)) | 0;
  await client.query('select pg_try_advisory_lock_shared($1, $2)', [LIVING, key]);
}

/** The keys of the cores that are there now. */
export async function livingCores(query: Query): Promise<Set<string>> {
  const rows = await query<{ core: string }>(
    `select distinct objid::text as core from pg_locks
     where locktype = 'advisory' and classid = $1 and granted
       and database = (select oid from pg_database where datname = current_database())`,
    [LIVING],
  );
  return new Set(rows.map(({ core }) => core));
}
