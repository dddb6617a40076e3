import type { Driver } from '../drive/driver.ts';
import type { Pace } from '../options.ts';
import { unpin } from '../processes.ts';
import { addRatio } from '../rounds.ts';
import { measureSends } from './load.ts';
import type { SharedTestbed } from './shared-testbed.ts';

const CONNECTIONS = 64;

/** Sends a second of two cores on one PostgreSQL, against one of them; both wait for the row of the box. */
export async function benchTwoCores(testbed: SharedTestbed, driver: Driver, pace: Pace): Promise<void> {
  const [a, b] = [await testbed.startSharedCore(), await testbed.startSharedCore()];
  for (const { pid } of [a, b]) unpin(pid);
  const postgres = testbed.postgresPid;
  const setups = {
    'two cores': {
      ports: [a.port, b.port],
      processes: { 'core A': a.pid, 'core B': b.pid, postgres },
    },
    // The other one follows it all the same.
    'one core': { ports: [a.port], processes: { 'core A': a.pid, 'core B': b.pid, postgres } },
  };
  const results = await measureSends(testbed, driver, { setups, connections: CONNECTIONS, pace });
  const rates = (name: keyof typeof setups) => results[name].map(({ perSecond }) => perSecond);
  addRatio(
    `durable sends a second, ${CONNECTIONS} connections: two cores on one PostgreSQL ÷ one`,
    { ours: rates('two cores'), theirs: rates('one core'), unit: '/s' },
    '',
  );
  await a.stop();
  await b.stop();
}
