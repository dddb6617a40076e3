import type { Driver } from '../drive/driver.ts';
import { cursorsOf } from '../drive/polls.ts';
import { pollText, sendText } from '../drive/request.ts';
import { TEXT } from '../fill.ts';
import { rssMiB } from '../processes.ts';
import { addFigure, number } from '../report.ts';
import type { Testbed } from '../testbed.ts';
import { strangers } from '../testbed.ts';

const SHORT_PER_SECOND = 500;
const SENDS_PER_SECOND = 50;
const GOAL_MIB = 200;
const GOAL_MS = 100;

/** Full load: `held` long polls, some people polling at a fixed rate, and a few senders among those with long polls. */
export async function benchCrowd(testbed: Testbed, driver: Driver, held: number, ms: number): Promise<void> {
  const core = await testbed.startCore();
  try {
    const { port } = core;
    const waiting = testbed.people.slice(0, held);
    const others = strangers(testbed.people, testbed.people.length, held);
    const cursors = await cursorsOf(port, others);
    const polls = others.map(({ token }, n) => pollText(token, cursors[n]));
    const sends = waiting.slice(0, SENDS_PER_SECOND).map((person) => sendText(person, TEXT));
    await driver.run({ kind: 'hold', port, people: waiting });
    const streams = [
      { name: 'polls', requests: polls, perSecond: SHORT_PER_SECOND },
      { name: 'sends', requests: sends, perSecond: SENDS_PER_SECOND },
    ];
    const offered = await driver.run({ kind: 'offer', port, streams, sockets: 128, ms });
    const mebibytes = rssMiB(core.pid);
    const polled = await driver.run({ kind: 'release' });
    if (polled.notHeld > 0) console.log(`!!! ${polled.notHeld} of ${polled.polls} polls were not held`);
    for (const [name, { count, p50, p99, codes }] of Object.entries(offered)) {
      const times = `p50 ${number(p50, 1)} ms, p99 ${number(p99, 1)} ms`;
      console.log(`  - ${name}: ${number(count)} in time, ${times}, ${JSON.stringify(codes)}`);
    }
    const house = `${number(held)} held + ${SHORT_PER_SECOND} short polls a second + ${SENDS_PER_SECOND} sends a second`;
    const rss = `${number(mebibytes)} MiB`;
    addFigure(`${house}: core RSS`, rss, `≤ ${GOAL_MIB} MB`, mebibytes <= GOAL_MIB);
    const p99 = offered.sends?.p99 ?? Number.NaN;
    addFigure(`${house}: p99 of sends`, `${number(p99, 1)} ms`, `≤ ${GOAL_MS} ms`, p99 <= GOAL_MS);
  } finally {
    await core.stop();
  }
}
