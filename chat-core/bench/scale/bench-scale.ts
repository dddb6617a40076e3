import { hasPostgres } from '../../test/support/postgres-server.ts';
import { openDriver } from '../drive/driver.ts';
import { type BenchOptions, paceOf } from '../options.ts';
import { benchBucket } from './bucket.ts';
import { benchTwoCores } from './cores.ts';
import { benchDelivered } from './delivered.ts';
import { profileShared } from './profile-shared.ts';
import { benchSends } from './sends.ts';
import { createSharedTestbed } from './shared-testbed.ts';

/** The figures of docs/benchmarks.md on PostgreSQL. Parts: sends, cores, delivered, bucket. */
export async function benchScale({ quick, folder, only, profile }: BenchOptions): Promise<void> {
  if (only === 'bucket') return benchBucket({ quick, folder });
  if (!hasPostgres) throw new Error('PostgreSQL is not installed');
  const wants = (part: string) => only === undefined || only === part;
  const pace = paceOf(quick);
  const testbed = await createSharedTestbed(folder, { users: 128, conversations: 64, messages: 10_000 });
  const driver = await openDriver();
  try {
    if (profile) {
      await profileShared(testbed, driver, pace);
      return;
    }
    if (wants('sends')) await benchSends(testbed, driver, pace);
    if (wants('cores')) await benchTwoCores(testbed, driver, pace);
    if (wants('delivered')) await benchDelivered(testbed, driver, pace);
    if (wants('bucket')) await benchBucket({ quick, folder });
  } finally {
    await driver.stop();
    await testbed.remove();
  }
}
