import type { Stamp } from '../../../clock.ts';
import type { CommitRecord } from './commit-record.ts';
import { type Epochs, type Run, readFormer } from './epochs.ts';

/** Commits that are read at once. */
const COMMITS_AT_ONCE = 200;

/** The database has lost commits that this core has seen, or another one was put in its place. */
export class OtherHistory extends Error {
  override name = 'OtherHistory';
}

/** The newest commit that a core has applied, and the epoch that it knows. */
export type Applied = { epoch: string; revision: number; last: Stamp };

/** What followed the commits of a core. `since`: the epoch that it knew; `epochs`: when there is a new one. */
export type News = { since: string; epochs?: Epochs; commits: CommitRecord[] };

/** Compares the row of the box with what this core has applied. @throws OtherHistory */
export function checkHistory(
  box: (Stamp & { revision: number }) | undefined,
  applied: Omit<Applied, 'epoch'>,
): void {
  if (!box) throw new OtherHistory('the database holds no box any more');
  if (box.revision < applied.revision) throw lostCommits(box.revision, applied);
  if (box.revision === applied.revision) requireSame(box, applied);
}

/**
 * The commits after the one that was applied last, in order, and the epoch of the box if it is another one.
 * @throws OtherHistory when the database has another commit in its place: others have gone on since it lost that one
 */
export async function readNews(run: Run, applied: Applied): Promise<News> {
  const { epoch: since } = applied;
  const commits: CommitRecord[] = [];
  for (let known: Omit<Applied, 'epoch'> = applied; ; ) {
    const rows = (await run(NEWS, [known.revision])).rows as (CommitRecord & { epoch: string })[];
    // It is not there any more when it is older than records are kept.
    const [first] = rows;
    if (first?.revision === known.revision) requireSame(first, known);
    commits.push(...rows.filter(({ revision }) => revision > known.revision));
    const newest = commits.at(-1);
    if (rows.length === COMMITS_AT_ONCE && newest) {
      known = { revision: newest.revision, last: newest };
      continue;
    }
    const epoch = first?.epoch ?? since;
    if (epoch === since) return { since, commits };
    const former = await readFormer(run);
    requireSameUpTo(former.get(since), applied);
    return { since, epochs: { epoch, former }, commits };
  }
}

/** Without such commits one row whose revision is null. */
const NEWS = `select b.epoch, c.revision, c.core, c.at, c.clock, c.changes
 from box b left join commits c on c.revision >= $1 order by c.revision limit ${COMMITS_AT_ONCE}`;

/** `upTo`: the last revision of the epoch that this core knows, undefined when the database does not know that epoch. */
function requireSameUpTo(upTo: number | undefined, applied: Applied): void {
  if (upTo === undefined)
    throw new OtherHistory('another database, or an older copy of this one, was put in its place');
  if (applied.revision > upTo) throw lostCommits(upTo, applied);
}

function lostCommits(revision: number, applied: Omit<Applied, 'epoch'>): OtherHistory {
  return new OtherHistory(
    `the database went on from commit ${revision}, and this core has seen commit ${applied.revision}: it was restored, or a standby that lacked commits took over`,
  );
}

function requireSame({ at, clock }: Stamp, { revision, last }: Omit<Applied, 'epoch'>): void {
  if (at !== last.at || clock !== last.clock)
    throw new OtherHistory(
      `commit ${revision} of the database is not the one that this core has seen: a standby that lacked commits took over`,
    );
}
