import type { Client } from 'pg';
import { v4 as uuid } from 'uuid';
import type { BoxRows, OnMessages } from '../../box-rows.ts';
import { clientConfig, connect } from '../connections/connection.ts';
import { DatabaseError, placeOf, startError } from '../connections/database-error.ts';
import { migrate, newerTables, newestMigration } from '../tables/migrate.ts';
import { copyRows, countRows, isCopyOf, type RowCounts } from './copy-rows.ts';
import { readBox } from './read-box.ts';

/** How long a copy waits for another process that has the box. */
const LOCK_TIMEOUT_MS = 5000;

type CopyInto = {
  databaseUrl: string;
  box: BoxRows;
  onMessages: OnMessages;
  /** Checks the rows as the database has them. @throws Error to take everything back */
  check(copy: BoxRows): Promise<void>;
};

/**
 * Copies all rows of a box into an empty database, in one transaction: after a cut nothing is there. The copy begins a new
 * history, so that clients, whose cursors are of the old one, load their state once. What an earlier call has copied, whose
 * answer was lost, is only checked again (`wasThere`).
 * @throws Error with a sentence that names the cure
 */
export function copyIntoDatabase({ databaseUrl, box, onMessages, check }: CopyInto): Promise<{
  counts: RowCounts;
  wasThere: boolean;
}> {
  return withConnection(databaseUrl, async (client) => {
    await migrate(client, databaseUrl);
    await client.query('begin; select 1 from box for update');
    const wasThere = await isCopyOf(client, box);
    if (!wasThere) await requireEmpty(client, databaseUrl);
    const run = async (text: string, values: unknown[]) => wasThere || client.query(text, values);
    const copied = await copyRows(run, box, uuid(), onMessages);
    const { counts, broken } = await countRows(client);
    const wrong = Object.entries(copied).find(([table, rows]) => counts[table as keyof RowCounts] !== rows);
    if (wrong) throw new DatabaseError(`Of ${wrong[1]} rows of ${wrong[0]} not all are in the database.`);
    if (broken.length > 0)
      throw new DatabaseError(`Messages of conversation ${broken[0]} are not all in the database.`);
    await check(await readBox(client));
    await commit(client, databaseUrl);
    // Without it the first queries after the start are planned blindly; the database would do it by itself, later.
    await client.query('analyze').catch(() => {});
    return { counts, wasThere };
  });
}

async function commit(client: Client, databaseUrl: string): Promise<void> {
  try {
    await client.query('commit');
  } catch (cause) {
    if ((cause as { severity?: string }).severity !== undefined) throw cause;
    throw new DatabaseError(
      `DATABASE_URL: ${placeOf(databaseUrl)}: the connection ended while the copy became durable. Call the command again: what is there is only checked.`,
      { cause },
    );
  }
}

/** Runs `work` with all rows of a database as of one commit, and says whether cores use it. @throws Error with a sentence */
export function withBoxOf<T>(
  databaseUrl: string,
  work: (box: BoxRows, isInUse: boolean) => Promise<T>,
): Promise<T> {
  return withConnection(databaseUrl, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    await requireTables(client, databaseUrl);
    const { rows } = await client.query<{ n: number }>(
      "select count(*) as n from pg_stat_activity where application_name = 'bisik' and datname = current_database()",
    );
    return work(await readBox(client), (rows[0]?.n ?? 0) > 0);
  });
}

/** Errors of the database become sentences; those that are sentences, or not of the database, stay as they are. */
async function withConnection<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { statement_timeout: _, query_timeout: __, ...config } = clientConfig(databaseUrl);
  const own = { ...config, idle_in_transaction_session_timeout: 0, application_name: 'bisik-move' };
  let lost: Error | undefined;
  const client = await connect(own, (error) => {
    lost = error;
  }).catch((error) => Promise.reject(startError(databaseUrl, error)));
  try {
    // A copy of a large box takes long, and so may its commit.
    await client.query(
      `set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = ${LOCK_TIMEOUT_MS}`,
    );
    return await work(client);
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    throw isOfDatabase(error, lost) ? startError(databaseUrl, lost ?? error) : error;
  } finally {
    await client.end().catch(() => {});
  }
}

function isOfDatabase(error: unknown, lost: Error | undefined): boolean {
  const { code = '', severity } = error as { code?: string; severity?: string };
  return lost !== undefined || severity !== undefined || /^(ECONN|EPIPE|ETIMEDOUT)/.test(code);
}

async function requireEmpty(client: Client, databaseUrl: string): Promise<void> {
  const { rows } = await client.query<{ used: boolean }>(
    `select exists (select 1 from box where revision > 0) or exists (select 1 from accounts)
       or exists (select 1 from conversations) as used`,
  );
  if (rows[0]?.used)
    throw new DatabaseError(
      `DATABASE_URL: ${placeOf(databaseUrl)} holds a box already. Make an empty database with createdb, and name that one in DATABASE_URL.`,
    );
}

async function requireTables(client: Client, databaseUrl: string): Promise<void> {
  const place = placeOf(databaseUrl);
  const { rows: tables } = await client.query<{ found: string | null }>(
    "select to_regclass('migrations')::text as found",
  );
  if (!tables[0]?.found)
    throw new DatabaseError(`DATABASE_URL: ${place} holds no box. Correct the name in DATABASE_URL.`);
  const { rows } = await client.query<{ newest: number }>(
    'select coalesce(max(number), 0) as newest from migrations',
  );
  const newest = rows[0]?.newest ?? 0;
  if (newest > newestMigration()) throw newerTables(databaseUrl, newest);
  if (newest < newestMigration())
    throw new DatabaseError(
      `DATABASE_URL: ${place} was written by an older version. Start a core of this version on it once.`,
    );
}
