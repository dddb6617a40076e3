import { join } from 'node:path';
import type { Driver } from '../drive/driver.ts';
import type { Pace } from '../options.ts';
import { hottest, readProfile } from '../profile.ts';
import { number } from '../report.ts';
import { measureSends } from './load.ts';
import type { SharedTestbed } from './shared-testbed.ts';

const SHOWN = 25;

/** Where the time of a core on PostgreSQL goes while 64 people send. */
export async function profileShared(testbed: SharedTestbed, driver: Driver, pace: Pace): Promise<void> {
  const folder = join(testbed.folder, 'profile');
  const core = await testbed.startSharedCore({ execArgv: ['--cpu-prof', `--cpu-prof-dir=${folder}`] });
  const started = performance.now();
  const processes = { core: core.pid, postgres: testbed.postgresPid };
  const setups = { postgres: { ports: [core.port], processes } };
  await measureSends(testbed, driver, { setups, connections: 64, pace });
  await core.stop();
  const hot = hottest(await readProfile(folder, core.pid), SHOWN, (performance.now() - started) / 4);
  console.log('\n| self time | function |\n|---|---|');
  for (const { name, share } of hot) console.log(`| ${number(share * 100, 1)} % | \`${name}\` |`);
}
