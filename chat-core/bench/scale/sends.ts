import type { Driver } from '../drive/driver.ts';
import type { Pace } from '../options.ts';
import { addRatio } from '../rounds.ts';
import { measureSends } from './load.ts';
import type { SharedTestbed } from './shared-testbed.ts';

/** Durable sends a second of one core on PostgreSQL, against the same box on LowDB, both on one disk. */
export async function benchSends(testbed: SharedTestbed, driver: Driver, pace: Pace): Promise<void> {
  const lowdb = await testbed.startCore();
  const shared = await testbed.startSharedCore();
  const setups = {
    postgres: { ports: [shared.port], processes: { core: shared.pid, postgres: testbed.postgresPid } },
    lowdb: { ports: [lowdb.port], processes: { core: lowdb.pid } },
  };
  for (const connections of [64, 1]) {
    const { postgres, lowdb: own } = await measureSends(testbed, driver, { setups, connections, pace });
    addRatio(
      `durable sends a second, ${connections} connection${connections > 1 ? 's' : ''}: one core on PostgreSQL ÷ LowDB`,
      {
        ours: postgres.map(({ perSecond }) => perSecond),
        theirs: own.map(({ perSecond }) => perSecond),
        unit: '/s',
      },
      '≥ 0.6',
    );
  }
  await shared.stop();
  await lowdb.stop();
}
