import type { Client } from 'pg';
import { v4 as uuid } from 'uuid';

/** Former epochs that are kept; a cursor of an older one loads the whole state. */
const MAX_EPOCHS = 1000;
/**
 * Names this start of the server. Whatever loses commits (a standby takes over, a backup is restored, a copy of the volume is
 * put back) starts another one.
 */
export const SERVER = 'extract(epoch from pg_postmaster_start_time())::text';

/** An epoch, and the last revision of each epoch before it whose history is the same. */
export type Epochs = { epoch: string; former: ReadonlyMap<string, number> };

/** Runs one statement. */
export type Run = (text: string, values: unknown[]) => Promise<{ rows: object[] }>;

/** The former epochs of a database. */
export async function readFormer(run: Run): Promise<Map<string, number>> {
  const rows = (await run('select epoch, up_to from epochs', [])).rows as { epoch: string; up_to: number }[];
  return new Map(rows.map(({ epoch, up_to: upTo }) => [epoch, upTo]));
}

/**
 * Begins a new epoch if the server has started since the last one began: cursors of commits that it has lost must not seem to be
 * of those that replace them. `commit` ends the transaction.
 */
export async function renewEpoch(client: Client, commit: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ known: boolean }>(
    `select server is not distinct from ${SERVER} as known from box`,
  );
  if (rows[0]?.known) return;
  // What follows sees what another core did before it gave the row free.
  await client.query('begin; select 1 from box for update');
  await client.query(
    `with w0 as (insert into epochs (epoch, up_to)
       select epoch, revision from box where server is distinct from ${SERVER}),
     w1 as (delete from epochs where epoch in (select epoch from epochs order by up_to desc, ended_at desc offset ${MAX_EPOCHS}))
     update box set epoch = $1, server = ${SERVER} where server is distinct from ${SERVER}`,
    [uuid()],
  );
  await commit();
}
