import { join } from 'node:path';
import { cursorsOf } from './drive/cursors.ts';
import type { Driver } from './drive/open-driver.ts';
import { pollText, sendText } from './drive/request.ts';
import { TEXT } from './fill.ts';
import type { Pace } from './options.ts';
import type { Home } from './pair.ts';
import { strangers } from './pairs.ts';
import { hottest, readProfile } from './profile.ts';
import { number } from './table.ts';

const CONNECTIONS = 64;
const SHOWN = 10;

/** Starts the core with --cpu-prof, loads it with one kind of request, and prints where its time went. */
export async function profileUnderLoad(
  home: Home,
  driver: Driver,
  kind: 'poll' | 'send',
  { rounds, ms, warmUpMs }: Pace,
): Promise<void> {
  const begun = performance.now();
  const folder = join(home.folder, 'profile');
  const core = await home.startCore({ execArgv: ['--cpu-prof', `--cpu-prof-dir=${folder}`] });
  const people = strangers(home.people, CONNECTIONS);
  const cursors = await cursorsOf(core.port, people);
  const requests = people.map((person, n) =>
    kind === 'poll' ? pollText(person.token, cursors[n]) : sendText(person, TEXT),
  );
  const order = { kind: 'loop', port: core.port, requests, connections: CONNECTIONS } as const;
  await driver.run({ ...order, ms: warmUpMs, warmUpMs: 0 });
  const afterMs = performance.now() - begun;
  const { perSecond } = await driver.run({ ...order, ms: rounds * ms, warmUpMs: 0 });
  await core.stop();
  const hot = hottest(await readProfile(folder, core.pid), SHOWN, afterMs);
  console.log(
    `\nOne ${kind} after the other on ${CONNECTIONS} connections, ${number(perSecond)}/s, profiled`,
  );
  console.log('\n| self time | function |\n|---|---|');
  for (const { name, share } of hot) console.log(`| ${number(share * 100, 1)} % | \`${name}\` |`);
}
