import type { Stamp } from '../../clock.ts';
import type { CommitRecord } from './commit-record.ts';
import type { Box } from './load-replica.ts';

/** Commits that are read at once. */
const COMMITS_AT_ONCE = 200;

/** The database has lost commits that this core has seen, or another one was put in its place. */
export class OtherHistory extends Error {
  override name = 'OtherHistory';
}

/** The newest commit that a core has applied. */
type Applied = { revision: number; last: Stamp };

/** Compares the row of the box with what this core has applied. @throws OtherHistory */
export function checkHistory(
  box: Pick<Box, 'epoch' | 'revision' | 'at' | 'clock'> | undefined,
  epoch: string,
  applied: Applied,
): void {
  if (box?.epoch !== epoch) throw new OtherHistory('another database was put in the place of this one');
  if (box.revision < applied.revision)
    throw new OtherHistory(
      `the database is at commit ${box.revision}, and this core has seen commit ${applied.revision}: it was restored, or a standby that lacked commits took over`,
    );
  if (box.revision === applied.revision) requireSame(box, applied);
}

/**
 * The commits after the one that was applied last, in order.
 * @throws OtherHistory when the database has another commit in its place: others have gone on since it lost that one
 */
export async function readCommits(
  query: (text: string, values: unknown[]) => Promise<{ rows: CommitRecord[] }>,
  applied: Applied,
): Promise<CommitRecord[]> {
  const { revision, last } = applied;
  const found: CommitRecord[] = [];
  for (;;) {
    const { rows } = await query(
      `select revision, core, at, clock, changes from commits where revision >= $1 order by revision limit ${COMMITS_AT_ONCE}`,
      [(found.at(-1)?.revision ?? revision - 1) + 1],
    );
    found.push(...rows);
    if (rows.length < COMMITS_AT_ONCE) break;
  }
  const [first] = found;
  // It is not there any more when it is older than records are kept.
  if (first?.revision !== revision) return found;
  requireSame(first, { revision, last });
  return found.slice(1);
}

function requireSame({ at, clock }: Stamp, { revision, last }: Applied): void {
  if (at !== last.at || clock !== last.clock)
    throw new OtherHistory(
      `commit ${revision} of the database is not the one that this core has seen: a standby that lacked commits took over`,
    );
}
