import type { Driver } from '../drive/driver.ts';
import { TEXT } from '../fill.ts';
import type { Pace } from '../options.ts';
import { addFigure, number, pause } from '../report.ts';
import type { Testbed } from '../testbed.ts';
import { pairsOf } from '../testbed.ts';

const PAIRS = 16;
const PER_SECOND = 100;
const GOAL_MS = 60;
const GOAL_CALLS = 0.05;
/** The log of chat-core arrives by a pipe. */
const LOG_MS = 300;

/** A hundred messages a second to people with long polls: the latency, and the calls to cipher-service. */
export async function benchLive(
  testbed: Testbed,
  driver: Driver,
  { rounds, ms, warmUpMs }: Pace,
): Promise<void> {
  // At this level the core writes a line for each call to the cipher.
  const core = await testbed.startCore({ env: { LOG_LEVEL: 'debug' } });
  try {
    const pairs = await pairsOf(core.port, testbed.people, PAIRS);
    const callsSoFar = async () => {
      await pause(LOG_MS);
      return core.log().split('"path":"/decrypt"').length - 1;
    };
    const before = await callsSoFar();
    const { p50, p99, count, sent, delivered, polled } = await driver.run({
      kind: 'deliver',
      port: core.port,
      pairs,
      text: TEXT,
      perSecond: PER_SECOND,
      ms: rounds * ms,
      warmUpMs,
    });
    const calls = (await callsSoFar()) - before;
    const each = calls / delivered;
    if (polled.notHeld > 0) console.log(`!!! ${polled.notHeld} of ${polled.polls} polls were not held`);
    addFigure(
      `send to delta at the recipient by a held poll, p99 at ${PER_SECOND} messages a second`,
      `${number(p99, 1)} ms (p50 ${number(p50, 1)} ms, ${number(count)} messages)`,
      `≤ ${GOAL_MS} ms`,
      p99 <= GOAL_MS,
    );
    addFigure(
      `decrypt calls for each delivered message at ${PER_SECOND} a second`,
      `${number(each, 3)} (${calls} for ${number(delivered)} delivered of ${number(sent)} sent)`,
      `≤ ${GOAL_CALLS}`,
      each <= GOAL_CALLS,
    );
  } finally {
    await core.stop();
  }
}
