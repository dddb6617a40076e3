import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Driver } from './drive/driver.ts';
import { cursorsOf } from './drive/polls.ts';
import { pollText, sendText } from './drive/request.ts';
import { TEXT } from './fill.ts';
import type { Pace } from './options.ts';
import { number } from './report.ts';
import { strangers, type Testbed } from './testbed.ts';

/** The part of a `--cpu-prof` file that counts here; times are microseconds. */
export type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
};
export type Hot = { name: string; share: number };

/** Functions by self time from a time after the start on, with their share of the time that was not idle. */
export function hottest({ nodes, samples, timeDeltas }: Profile, count: number, afterMs = 0): Hot[] {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node.callFrame)]));
  const times = new Map<string, number>();
  let [busy, passed] = [0, 0];
  for (const [index, id] of samples.entries()) {
    passed += timeDeltas[index] ?? 0;
    const name = names.get(id) ?? '?';
    if (name === '(idle)' || passed < afterMs * 1000) continue;
    // A delta is the time before its sample, so the next one is how long this lasted.
    const time = Math.max(0, timeDeltas[index + 1] ?? 0);
    times.set(name, (times.get(name) ?? 0) + time);
    busy += time;
  }
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => ({ name, share: time / busy }));
}

/** The profile a process left in this folder when it ended; its children may have left theirs. */
export async function readProfile(folder: string, pid: number): Promise<Profile> {
  const file = (await readdir(folder)).find((name) => name.includes(`.${pid}.`));
  if (!file) throw new Error(`no profile in ${folder}`);
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile;
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  const file = url.split(/\/(?=node_modules\/|chat-core\/)/).at(-1);
  return url ? `${name} ${file?.replace(/^node_modules\//, '')}:${lineNumber + 1}` : name;
}

const CONNECTIONS = 64;
const SHOWN = 10;

/** Starts the core with --cpu-prof, loads it with one kind of request, and prints where its time went. */
export async function profileUnderLoad(
  testbed: Testbed,
  driver: Driver,
  kind: 'poll' | 'send',
  { rounds, ms, warmUpMs }: Pace,
): Promise<void> {
  const started = performance.now();
  const folder = join(testbed.folder, 'profile');
  const core = await testbed.startCore({ execArgv: ['--cpu-prof', `--cpu-prof-dir=${folder}`] });
  const people = strangers(testbed.people, CONNECTIONS);
  const cursors = await cursorsOf(core.port, people);
  const requests = people.map((person, n) =>
    kind === 'poll' ? pollText(person.token, cursors[n]) : sendText(person, TEXT),
  );
  const order = { kind: 'loop', port: core.port, requests, connections: CONNECTIONS } as const;
  await driver.run({ ...order, ms: warmUpMs, warmUpMs: 0 });
  const afterMs = performance.now() - started;
  const { perSecond } = await driver.run({ ...order, ms: rounds * ms, warmUpMs: 0 });
  await core.stop();
  const hot = hottest(await readProfile(folder, core.pid), SHOWN, afterMs);
  console.log(
    `\nOne ${kind} after the other on ${CONNECTIONS} connections, ${number(perSecond)}/s, profiled`,
  );
  console.log('\n| self time | function |\n|---|---|');
  for (const { name, share } of hot) console.log(`| ${number(share * 100, 1)} % | \`${name}\` |`);
}
