import type { Store } from '../storage/store.ts';
import type { OwnerReports } from '../wire/wire.ts';
import { named } from './audit-page.ts';

/** All stored reports, oldest first, by the ids and current usernames of both. */
export async function reportsOfBox(store: Store): Promise<OwnerReports['reports']> {
  const accounts = await store.reportedAccounts();
  const reports = await Promise.all(
    accounts.flatMap(({ id, username, reports: stored = [] }) =>
      stored.map(async ({ by, ...report }) => ({
        about: { id, username },
        by: await named(store, by),
        ...report,
      })),
    ),
  );
  return reports.sort((a, b) => a.at - b.at).map((one) => ({ ...one, at: store.time.toWall(one.at) }));
}
