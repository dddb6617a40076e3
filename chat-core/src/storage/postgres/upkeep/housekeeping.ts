import type { SharedFiles } from '../../attachment-files.ts';
import type { Query } from '../connections/connection.ts';
import type { Replica } from '../replica/replica.ts';
import { deleteOldCounters } from '../rows/counter-rows.ts';

const INTERVAL_MS = 60_000;
/** Records of commits are kept so long for cores that follow: one that was away longer starts again. */
const KEEP_COMMITS_MS = 600_000;
/** Rows that are deleted at once, so that no statement takes long. */
const ROWS_AT_ONCE = 5000;

type Deps = {
  query: Query;
  replica: Replica;
  files: Pick<SharedFiles, 'removeAll'>;
  warn: (message: string, details: Record<string, unknown>) => void;
};

/**
 * Deletes old records of commits, and the messages and files of deleted groups. Each core does, and none has to: repeating it
 * changes nothing.
 * @returns a function that ends it
 */
export function startHousekeeping(deps: Deps): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => tidyUp(deps))
      .catch((err) => deps.warn('old rows were not deleted', { err }));
  }, INTERVAL_MS).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

/** One round of it. `keepMs`: how old a record of a commit may be. */
export async function tidyUp(
  { query, replica, files }: Omit<Deps, 'warn'>,
  keepMs: number = KEEP_COMMITS_MS,
): Promise<void> {
  await query("delete from commits where stored_at < now() - $1 * interval '1 millisecond'", [keepMs]);
  await deleteOldCounters(query);
  for (const id of [...replica.state.unerased]) {
    for (let deleted = ROWS_AT_ONCE; deleted === ROWS_AT_ONCE; ) {
      const rows = await query(
        `delete from messages where conversation_id = $1 and seq in
           (select seq from messages where conversation_id = $1 limit ${ROWS_AT_ONCE}) returning seq`,
        [id],
      );
      deleted = rows.length;
    }
    await files.removeAll(id);
    replica.state.unerased.delete(id);
  }
}
