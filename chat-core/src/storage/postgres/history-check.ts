import type { CommitRecord } from './commit-record.ts';
import type { Box } from './load-replica.ts';

/** Commits that are read at once. */
const COMMITS_AT_ONCE = 200;

/** The database has lost commits that this core has seen, or another one was put in its place. */
export class OtherHistory extends Error {
  override name = 'OtherHistory';
}

/** Compares the row of the box with what this core has applied. @throws OtherHistory */
export function checkHistory(
  box: Pick<Box, 'epoch' | 'revision'> | undefined,
  epoch: string,
  applied: number,
): void {
  if (box?.epoch !== epoch) throw new OtherHistory('another database was put in the place of this one');
  if (box.revision < applied)
    throw new OtherHistory(
      `the database is at commit ${box.revision}, and this core has seen commit ${applied}: it was restored, or a standby that lacked commits took over`,
    );
}

/** The commits after a revision, in order. */
export async function readCommits(
  query: (text: string, values: unknown[]) => Promise<{ rows: CommitRecord[] }>,
  revision: number,
): Promise<CommitRecord[]> {
  const found: CommitRecord[] = [];
  for (;;) {
    const { rows } = await query(
      `select revision, core, at, clock, changes from commits where revision > $1 order by revision limit ${COMMITS_AT_ONCE}`,
      [found.at(-1)?.revision ?? revision],
    );
    found.push(...rows);
    if (rows.length < COMMITS_AT_ONCE) return found;
  }
}
