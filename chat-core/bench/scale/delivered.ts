import { fileURLToPath } from 'node:url';
import type { Driver } from '../drive/driver.ts';
import { TEXT } from '../fill.ts';
import type { Pace } from '../options.ts';
import { unpin } from '../processes.ts';
import { addFigure, number } from '../report.ts';
import { pairsOf } from '../testbed.ts';
import type { SharedTestbed } from './shared-testbed.ts';

const PAIRS = 16;
const PER_SECOND = 100;
const WITHOUT_NOTICES = fileURLToPath(new URL('./without-notices.ts', import.meta.url));

/** From a send at one core to the delta of a poll that is held at another, with notices of the database and without. */
export async function benchDelivered(
  testbed: SharedTestbed,
  driver: Driver,
  { rounds, ms, warmUpMs }: Pace,
): Promise<void> {
  for (const [kind, goal, execArgv] of [
    ['with notices', 80, []],
    ['without notices, by the poll every 250 ms', 400, ['--import', WITHOUT_NOTICES]],
  ] as const) {
    const cores = [0, 1].map(() => testbed.startSharedCore({ execArgv: [...execArgv] }));
    const [a, b] = await Promise.all(cores);
    if (!a || !b) throw new Error('there are two cores');
    for (const { pid } of [a, b]) unpin(pid);
    const { p50, p99, count, sent, delivered, polled } = await driver.run({
      kind: 'deliver',
      port: a.port,
      listenPort: b.port,
      pairs: await pairsOf(b.port, testbed.people, PAIRS),
      text: TEXT,
      perSecond: PER_SECOND,
      ms: rounds * ms,
      warmUpMs,
    });
    if (polled.notHeld > 0) console.log(`!!! ${polled.notHeld} of ${polled.polls} polls were not held`);
    if (delivered < sent)
      console.log(`!!! ${sent - delivered} of ${sent} messages were not delivered in time`);
    addFigure(
      `a send at one core to the delta of a poll held at another, p99 at ${PER_SECOND} messages a second, ${kind}`,
      `${number(p99, 1)} ms (p50 ${number(p50, 1)} ms, ${number(count)} messages)`,
      `≤ ${goal} ms`,
      p99 <= goal,
    );
    await a.stop();
    await b.stop();
  }
}
