import { rssMiB } from '../processes.ts';
import { addFigure, median, number, pause } from '../report.ts';
import { createTestbed, type Testbed } from '../testbed.ts';
import { SIZE } from './bench-groups.ts';

const PEOPLE = 1000;
const GROUPS = 200;
const GOAL = 1.2;

/** Start-up and memory of a server with many groups, in turns with the same one without them. */
export async function benchFootprint(folder: string | undefined, quick: boolean): Promise<void> {
  const filling = { users: PEOPLE, conversations: PEOPLE, messages: quick ? 1000 : 10_000 };
  const without = await createTestbed(folder, filling);
  const groups = { count: quick ? 20 : GROUPS, size: SIZE };
  const withGroups = await createTestbed(folder, { ...filling, groups });
  try {
    const rounds: { without: Start; withGroups: Start }[] = [];
    for (let n = 0; n < (quick ? 1 : 6); n++) {
      rounds.push({ without: await start(without, quick), withGroups: await start(withGroups, quick) });
    }
    // The first start of each compiles everything once.
    const counted = quick ? rounds : rounds.slice(1);
    for (const [what, unit, figure] of [
      ['time to ready', 'ms', 'readyMs'],
      ['core RSS, idle', 'MiB', 'mib'],
    ] as const) {
      const own = median(counted.map((one) => one.withGroups[figure]));
      const base = median(counted.map((one) => one.without[figure]));
      addFigure(
        `${what} with ${groups.count} groups of ${SIZE} among ${number(PEOPLE)} people ÷ without`,
        `${number(own / base, 2)} (${number(own)} ${unit} ÷ ${number(base)} ${unit})`,
        `≤ ${GOAL}`,
        own / base <= GOAL,
      );
    }
  } finally {
    await without.remove();
    await withGroups.remove();
  }
}

type Start = { readyMs: number; mib: number };

async function start(testbed: Testbed, quick: boolean): Promise<Start> {
  const started = performance.now();
  const core = await testbed.startCore();
  const readyMs = performance.now() - started;
  try {
    await pause(quick ? 2000 : 10_000);
    return { readyMs, mib: rssMiB(core.pid) };
  } finally {
    await core.stop();
  }
}
