import type { Driver } from '../drive/driver.ts';
import { cursorsOf } from '../drive/polls.ts';
import { groupIdOf, TEXT } from '../fill.ts';
import { busyDuring, rssMiB } from '../processes.ts';
import { addFigure, number, pause } from '../report.ts';
import type { Testbed } from '../testbed.ts';

const PER_SECOND = 10;
const SECONDS = 20;
const GOAL_MS = 150;
const GOAL_MIB = 20;
/** The log of chat-core arrives by a pipe. */
const LOG_MS = 300;
const SAMPLE_MS = 250;
const WARM_UP_MS = 3000;

/** Ten messages a second to a group whose members all have a held poll: latency, memory and the calls to cipher-service. */
export async function benchGroupLive(testbed: Testbed, driver: Driver, quick: boolean): Promise<void> {
  // At this level the core writes a line for each call to the cipher.
  const core = await testbed.startCore({ env: { LOG_LEVEL: 'debug' } });
  try {
    const members = testbed.people.map((person) => ({ ...person, conversationId: groupIdOf(0) }));
    const cursors = await cursorsOf(core.port, members);
    await pause(quick ? 1000 : 10_000);
    const callsSoFar = async (path: string) => {
      await pause(LOG_MS);
      return core.log().split(`"path":"${path}"`).length - 1;
    };
    const run = (ms: number) =>
      driver.run({
        kind: 'group',
        port: core.port,
        members,
        cursors,
        text: TEXT,
        perSecond: PER_SECOND,
        ms,
      });
    const idle = rssMiB(core.pid);
    await run(quick ? 1000 : WARM_UP_MS);
    const warm = rssMiB(core.pid);
    const before = { seals: await callsSoFar('/encrypt'), opens: await callsSoFar('/decrypt') };
    let most = warm;
    const sampling = setInterval(() => {
      most = Math.max(most, rssMiB(core.pid));
    }, SAMPLE_MS);
    const { result, busy } = await busyDuring([core.pid], () => run(quick ? 2000 : SECONDS * 1000));
    clearInterval(sampling);
    const seals = (await callsSoFar('/encrypt')) - before.seals;
    const opens = (await callsSoFar('/decrypt')) - before.opens;
    const { p50, p99, count, sent, missing, polled } = result;
    if (polled.notHeld > 0) console.log(`!!! ${polled.notHeld} of ${polled.polls} polls were not held`);
    addFigure(
      `send to the delta of each of ${members.length} members by held polls, p99 at ${PER_SECOND} messages a second`,
      `${number(p99, 1)} ms (p50 ${number(p50, 1)} ms, ${number(count)} deltas of ${sent} messages, ${missing} missing; core at ${number((busy[0] ?? 0) * 100)} %)`,
      `≤ ${GOAL_MS} ms`,
      p99 <= GOAL_MS && missing === 0,
    );
    addFigure(
      'the same: growth of the core’s RSS',
      `${number(most - warm, 1)} MiB after a warm-up of 3 s, ${number(most - idle, 1)} from idle (${number(idle)}, ${number(warm)}, ${number(most)})`,
      `≤ ${GOAL_MIB} MB`,
      most - warm <= GOAL_MIB,
    );
    addFigure(
      'the same: calls to the cipher for each message, seals and opens',
      `${number(seals / sent, 2)} and ${number(opens / sent, 2)} (${seals} and ${opens} for ${sent} messages)`,
      '≤ 1 and ≤ 1',
      seals <= sent && opens <= sent,
    );
  } finally {
    await core.stop();
  }
}
