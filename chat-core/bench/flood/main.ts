/** `npm run flood`: simulates a day of many people in minutes, against a pair of services of its own. */
import { parseArgs } from 'node:util';
import { openTiming, type Timing } from '../drive/timing.ts';
import { cpuSeconds, LOAD_CORE, pin, rssMiB } from '../processes.ts';
import { describeMachine, number, pause } from '../report.ts';
import { createTestbed } from '../testbed.ts';
import { clockOf, type Simulation, shareAt, simulateDay } from './person.ts';

const HELP = `npm run flood -- [--users 200] [--minutes 5] [--folder DIR]

  --users    virtual people, each with two friends; up to 90 % of them are there at once
  --minutes  how long their day takes: who is there changes that fast, how they write and poll does not
  --folder   where the database is made (default: the temporary folder); it is removed afterwards`;

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '5' },
    folder: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [users = Number.NaN, minutes = Number.NaN] = [values.users, values.minutes].map(Number);
if (values.help || !Number.isInteger(users) || users < 4 || !(minutes > 0)) {
  console.log(HELP);
  process.exit(values.help ? 0 : 1);
}

const DAY_HOURS = 24;
/** A held poll is answered within this time. */
const LAST_POLL_MS = 26_000;

console.log(`\`npm run flood -- --users ${users} --minutes ${minutes}\` on ${describeMachine()}`);
const testbed = await createTestbed(values.folder, { users, conversations: users, messages: 10 * users });
try {
  const core = await testbed.startCore();
  pin(process.pid, LOAD_CORE);
  const services = { 'chat-core': core.pid, 'cipher-service': testbed.cipher().pid };
  const report = openReport();
  const started = performance.now();
  const length = minutes * 60_000;
  const hour = () => ((performance.now() - started) / length) * DAY_HOURS;
  const simulation: Simulation = {
    port: core.port,
    report,
    isOnline: (eagerness) => shareAt(hour()) > eagerness,
    isOver: () => performance.now() - started > length,
  };
  const before = Object.values(services).map(cpuSeconds);
  const maxRss = Object.values(services).map(rssMiB);

  const days = Promise.all(Array.from({ length: users }, (_, n) => simulateDay(`u${n}`, simulation)));
  let [shown, cpu] = [performance.now(), cpuSeconds(core.pid)];
  while (!simulation.isOver()) {
    await pause(500);
    for (const [n, pid] of Object.values(services).entries())
      maxRss[n] = Math.max(maxRss[n] ?? 0, rssMiB(pid));
    const passed = performance.now() - shown;
    if (passed < (process.stdout.isTTY ? 1000 : 30_000)) continue;
    const busy = ((cpuSeconds(core.pid) - cpu) / passed) * 100_000;
    [shown, cpu] = [performance.now(), cpuSeconds(core.pid)];
    const { online, sent, errors } = report.counts;
    const people = `${number(online)} of ${number(users)} there, ${number(sent)} messages, ${number(errors)} errors`;
    const line = `${clockOf(hour())}  ${people}, core ${number(busy)} % and ${number(rssMiB(core.pid))} MiB`;
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }
  const seconds = (performance.now() - started) / 1000;
  const used = Object.values(services).map((pid, n) => cpuSeconds(pid) - (before[n] ?? 0));
  await Promise.race([days, pause(LAST_POLL_MS)]);

  report.print();
  console.log('\n| service | processor seconds | share of a core | most RSS |\n|---|---|---|---|');
  for (const [n, name] of Object.keys(services).entries()) {
    const share = `${number(((used[n] ?? 0) / seconds) * 100, 1)} %`;
    console.log(`| ${name} | ${number(used[n] ?? 0, 1)} | ${share} | ${number(maxRss[n] ?? 0)} MiB |`);
  }
} finally {
  await testbed.remove();
}
process.exit();

/** The requests of all virtual people. */
export type Report = {
  /** Records a response of a route and its milliseconds; `code` is that of a refusal. */
  answered(route: string, status: number, ms: number, code?: string): void;
  counts: { online: number; sent: number; errors: number };
  print(): void;
};

export function openReport(): Report {
  const routes = new Map<string, Timing>();
  const refusals = new Map<string, number>();
  const counts = { online: 0, sent: 0, errors: 0 };
  const started = performance.now();
  return {
    counts,
    answered: (route, status, ms, code) => {
      const timing = routes.get(route) ?? openTiming();
      routes.set(route, timing);
      timing.add(status, ms);
      if (status >= 200 && status < 300) return;
      counts.errors += 1;
      const refusal = `${route}: ${status} ${code ?? 'no answer'}`;
      refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    },
    print: () => {
      const seconds = (performance.now() - started) / 1000;
      console.log('\n| route | answered | a second | p50 ms | p99 ms |\n|---|---|---|---|---|');
      for (const [route, timing] of [...routes].sort()) {
        const { count, perSecond, p50, p99 } = timing.result(seconds);
        const times = `${number(p50, 1)} | ${number(p99, 1)}`;
        console.log(`| ${route} | ${number(count)} | ${number(perSecond, 1)} | ${times} |`);
      }
      console.log(refusals.size === 0 ? '\nNo errors.' : '\n| error | times |\n|---|---|');
      for (const [refusal, times] of refusals) console.log(`| ${refusal} | ${number(times)} |`);
    },
  };
}
