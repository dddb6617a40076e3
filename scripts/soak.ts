/** `npm run soak`: many power cuts of a simulated disk, cores on a simulated database, kills of the real core, inputs of the fuzz, and a family's half hour. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { soakFamily } from '../chat-core/bench/soak/family.ts';
import { planOf } from '../chat-core/test/cores/plan.ts';
import { runPlan } from '../chat-core/test/cores/schedule.ts';
import { runSeed } from '../chat-core/test/crash/crash-states.ts';

const PARTS = ['states', 'cores', 'kills', 'fuzz', 'family'];
const HELP = `npm run soak -- [part …] [--states 1000000] [--schedules 100000] [--cores 64] [--kills 1000] [--requests 1000000] [--inputs 1000000] [--minutes 30] [--seed 1]

  part      states, cores, kills, fuzz or family; without one all
  --states  crash states of the simulated disk to open and compare, 0 for none
  --schedules  of 2 to 64 cores that share a simulated database, while connections, cores and the database fail, 0 for none
  --cores   how many cores each schedule has, instead of 2 to 64
  --kills   times the real core is killed with SIGKILL under load, and a fifth as often while files are on their way and while
            sessions end, of which ten times as many requests do; cipher-service goes away a tenth as often; 0 for none
  --requests, --inputs  of the fuzz: requests of the API, and inputs of each decoder, 0 for none
  --minutes of the load of a family of twenty, after which memory and open files have to be as before, 0 for none
  --seed    the first seed; each seed is one workload, and the next seed follows
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    states: { type: 'string', default: '1000000' },
    schedules: { type: 'string', default: '100000' },
    cores: { type: 'string' },
    kills: { type: 'string', default: '1000' },
    requests: { type: 'string', default: '1000000' },
    inputs: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(HELP);
} else {
  const unknown = positionals.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new Error(`There is no part ${unknown}.\n${HELP}`);
  const isWanted = (part: string) => positionals.length === 0 || positionals.includes(part);
  const seed = parseCount(values.seed);
  const failures = isWanted('states') ? await cutPower(parseCount(values.states), seed) : 0;
  const isOrdered =
    !isWanted('cores') || (await shareDatabase(parseCount(values.schedules), seed, values.cores)) === 0;
  const survived = !isWanted('kills') || kill(parseCount(values.kills));
  const held =
    !isWanted('fuzz') ||
    [fuzzRequests(parseCount(values.requests)), fuzzDecoders(parseCount(values.inputs))].every(Boolean);
  const isSteady = !isWanted('family') || (await live(parseCount(values.minutes)));
  process.exitCode = failures === 0 && isOrdered && survived && held && isSteady ? 0 : 1;
}

/** The load of a family on a real pair; @returns whether memory and open files stayed as they were after the warm-up */
async function live(minutes: number): Promise<boolean> {
  if (minutes === 0) return true;
  // Fast at first: memory grows until 16 MB of journal are written, whose rows stay in memory.
  const pace = { pauseMs: 6000, warmUpPauseMs: 600, warmUp: 1 / 3, sampleMs: 5000, collectMs: 30_000 };
  const history = { messages: 20_000, hasBackup: true };
  const { faults } = await soakFamily({ minutes, ...pace, ...history, print: console.log });
  for (const fault of faults) console.log(`✗ ${fault}`);
  return faults.length === 0;
}

/** Runs seeds until `wanted` states were compared. @returns the number of failed seeds */
async function cutPower(wanted: number, first: number): Promise<number> {
  let states = 0;
  const isOver = () => states >= wanted;
  const line = () => `${states} of ${wanted} states`;
  return runSeeds(
    first,
    isOver,
    line,
    () => states,
    async (seed) => {
      states += (await runSeed(seed)).states;
    },
  );
}

/** Runs schedules of cores that share a database, one a seed. @returns the number of failed seeds */
async function shareDatabase(wanted: number, first: number, cores?: string): Promise<number> {
  let [schedules, largest, commits, repeats, losses] = [0, 0, 0, 0, 0];
  const lost = { synchronous: 0, asynchronous: 0 };
  const isOver = () => schedules >= wanted;
  const line = () =>
    `${schedules} of ${wanted} schedules (${largest} of 64 cores), ${commits} commits, ${repeats} repeats, ${losses} times a standby lacked commits (acknowledged: ${lost.asynchronous} of an asynchronous one, ${lost.synchronous} of a synchronous one)`;
  return runSeeds(
    first,
    isOver,
    line,
    () => schedules,
    async (seed) => {
      const plan = planOf(seed, cores === undefined ? undefined : parseCount(cores));
      schedules += 1;
      if (plan.cores === 64) largest += 1;
      const run = await runPlan(plan);
      commits += run.commits;
      repeats += run.repeats;
      losses += run.losses;
      lost[plan.isSynchronous ? 'synchronous' : 'asynchronous'] += run.lost;
    },
  );
}

/** Runs one seed after the other, and prints how far it is. @returns the number of failed seeds */
async function runSeeds(
  first: number,
  isOver: () => boolean,
  line: () => string,
  done: () => number,
  run: (seed: number) => Promise<void>,
): Promise<number> {
  const started = performance.now();
  let [failures, seed, lastShown] = [0, first, started];
  const text = () => {
    const seconds = (performance.now() - started) / 1000;
    return `${line()}, seeds ${first} to ${seed - 1}, ${failures} failed, ${Math.round(done() / seconds)} a second`;
  };
  for (; !isOver(); seed++) {
    try {
      await run(seed);
    } catch (error) {
      failures += 1;
      console.error(`\n${(error as Error).message}`);
    }
    const pause = process.stdout.isTTY ? 500 : 30_000;
    if (performance.now() - lastShown < pause) continue;
    lastShown = performance.now();
    process.stdout.write(process.stdout.isTTY ? `\r${text()}` : `${text()}\n`);
  }
  if (seed > first) console.log(`\n${text()}`);
  return failures;
}

/** The same tests as in `npm test`, with more kills. A kill with files takes longer: 2.4 s. */
function kill(kills: number): boolean {
  if (kills === 0) return true;
  const kinds = ['kill', 'kill-groups', 'kill-files', 'kill-sessions'];
  const tests = [...kinds.map((name) => `crash/${name}.test.ts`), 'cipher-flapping.test.ts'];
  const part = (fraction: number) => String(Math.ceil(kills / fraction));
  return run(tests, {
    KILLS: part(1),
    FILE_KILLS: part(5),
    SESSION_KILLS: part(5),
    SESSION_ENDS: String(kills * 10),
    FLAPS: part(10),
  });
}

/** Generated requests, and the memory of the server, which must not grow. */
function fuzzRequests(requests: number): boolean {
  return requests === 0 || run(['fuzz.test.ts'], { FUZZ_RUNS: String(requests), FUZZ_SEED: values.seed });
}

/** Mutated inputs of each decoder. */
function fuzzDecoders(inputs: number): boolean {
  return (
    inputs === 0 ||
    run(['decoders/decoders.test.ts'], { DECODER_RUNS: String(inputs), FUZZ_SEED: values.seed })
  );
}

/** Runs stories of the core without a second attempt. */
function run(tests: string[], env: Record<string, string>): boolean {
  const paths = tests.map((name) => `chat-core/test/${name}`);
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'stories', '--retry', '0', ...paths];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const { status } = spawnSync(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  return status === 0;
}

function parseCount(value: string): number {
  if (!/^\d+$/.test(value)) throw new Error(`${value} is no number.\n${HELP}`);
  return Number(value);
}
