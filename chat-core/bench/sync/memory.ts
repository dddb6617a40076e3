import type { Driver } from '../drive/driver.ts';
import { rssMiB } from '../processes.ts';
import { addFigure, number, pause } from '../report.ts';
import type { Testbed } from '../testbed.ts';

const GOAL_IDLE_MIB = 150;
const GOAL_HELD_MIB = 120;

/** Memory of a server after its start, and with `held` long polls. */
export async function benchMemory(
  testbed: Testbed,
  driver: Driver,
  held: number,
  quick: boolean,
): Promise<void> {
  await testbed.restartCipher();
  const core = await testbed.startCore();
  try {
    await pause(quick ? 3000 : 30_000);
    const [coreMiB, cipherMiB] = [rssMiB(core.pid), rssMiB(testbed.cipher().pid)];
    const sum = coreMiB + cipherMiB;
    addFigure(
      'RSS idle, 30 s after the start, core + cipher',
      `${number(sum)} MiB (${number(coreMiB)} + ${number(cipherMiB)})`,
      `≤ ${GOAL_IDLE_MIB} MB`,
      sum <= GOAL_IDLE_MIB,
    );
    await driver.run({ kind: 'hold', port: core.port, people: testbed.people.slice(0, held) });
    await pause(quick ? 3000 : 20_000);
    const waiting = rssMiB(core.pid);
    const { notHeld, polls } = await driver.run({ kind: 'release' });
    if (notHeld > 0) console.log(`!!! ${notHeld} of ${polls} polls were not held`);
    addFigure(
      `core RSS with ${number(held)} held polls`,
      `${number(waiting)} MiB`,
      `≤ ${GOAL_HELD_MIB} MB`,
      waiting <= GOAL_HELD_MIB,
    );
  } finally {
    await core.stop();
  }
}
