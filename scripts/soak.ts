/** `npm run soak`: many power cuts of a simulated disk, and many kills of the real core, with texts, groups and files. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runSeed } from '../chat-core/test/crash/crash-states.ts';

const HELP = `npm run soak -- [--states 1000000] [--kills 1000] [--seed 1]

  --states  crash states of the simulated disk to open and compare, 0 for none
  --kills   times the real core is killed with SIGKILL under load, and a fifth as often with files on their way, 0 for none
  --seed    the first seed; each seed is one workload, and the next seed follows
`;

const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '1000000' },
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(HELP);
} else {
  const [wanted, kills, first] = [values.states, values.kills, values.seed].map(parseCount);
  const failures = await cutPower(wanted ?? 0, first ?? 1);
  const killed = kills ? kill(kills) : true;
  process.exitCode = failures === 0 && killed ? 0 : 1;
}

/** Runs seeds until `wanted` states were compared. @returns the number of failed seeds */
async function cutPower(wanted: number, first: number): Promise<number> {
  const started = performance.now();
  let [states, failures, seed, lastShown] = [0, 0, first, 0];
  const line = () => {
    const seconds = (performance.now() - started) / 1000;
    return `${states} of ${wanted} states, seeds ${first} to ${seed - 1}, ${failures} failed, ${Math.round(states / seconds)} a second`;
  };
  for (; states < wanted; seed++) {
    try {
      states += (await runSeed(seed)).states;
    } catch (error) {
      failures += 1;
      console.error(`\n${(error as Error).message}`);
    }
    const pause = process.stdout.isTTY ? 500 : 30_000;
    if (performance.now() - lastShown < pause) continue;
    lastShown = performance.now();
    process.stdout.write(process.stdout.isTTY ? `\r${line()}` : `${line()}\n`);
  }
  if (wanted > 0) console.log(`\n${line()}`);
  return failures;
}

/** The same tests as in `npm test`, with more kills. A kill with files takes longer: 2.4 s. */
function kill(kills: number): boolean {
  const tests = ['kill.test.ts', 'kill-groups.test.ts', 'kill-files.test.ts'].map(
    (name) => `chat-core/test/crash/${name}`,
  );
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'stories', '--retry', '0', ...tests];
  const { status } = spawnSync(process.execPath, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, KILLS: String(kills), FILE_KILLS: String(Math.ceil(kills / 5)) },
    stdio: 'inherit',
  });
  return status === 0;
}

function parseCount(value: string): number {
  if (!/^\d+$/.test(value)) throw new Error(`${value} is no number.\n${HELP}`);
  return Number(value);
}
