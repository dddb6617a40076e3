import type { Sender } from '../ask.ts';
import type { Driver } from '../drive/driver.ts';
import { cursorsOf } from '../drive/polls.ts';
import { pollText, requestText, sendText } from '../drive/request.ts';
import { PASSWORD, TEXT } from '../fill.ts';
import { addFigure, number } from '../report.ts';
import type { Testbed } from '../testbed.ts';
import { strangers } from '../testbed.ts';

const CLIENTS = 64;
const SENDS_PER_SECOND = 50;
const GOAL_MS = 25;
const FORGOTTEN_MS = 3000;

/**
 * Sixty-four clients that log in repeatedly, each with the work of bcrypt, while others write and poll. With several
 * senders a commit waits up to 40 ms for others (group commit); with a single one it does not, and the time of a send is
 * an upper bound of that of its commit.
 */
export async function benchLogins(testbed: Testbed, driver: Driver, ms: number): Promise<void> {
  const core = await testbed.startCore();
  try {
    const { port } = core;
    // Not those who log in: an account has at most ten devices, and the eleventh login ends the token of the first.
    const senders = testbed.people.slice(0, CLIENTS);
    const pollers = strangers(testbed.people, CLIENTS, 2 * CLIENTS);
    const cursors = await cursorsOf(port, pollers);
    const logins = Array.from({ length: CLIENTS }, (_, n) =>
      requestText('POST', '/auth/login', { body: { username: `u${CLIENTS + n}`, password: PASSWORD } }),
    );
    const polls = pollers.map(({ token }, n) => pollText(token, cursors[n]));
    const offer = (people: Sender[], during = ms) => {
      const sends = people.map((person) => sendText(person, TEXT));
      const streams = [
        { name: 'sends', requests: sends, perSecond: SENDS_PER_SECOND },
        { name: 'polls', requests: polls, perSecond: 500 },
      ];
      return driver.run({ kind: 'offer', port, streams, sockets: 128, ms: during });
    };
    const storm = { kind: 'loop', port, requests: logins, connections: CLIENTS, ms, warmUpMs: 0 } as const;
    const calm = await offer(senders);
    const [many, loggedIn] = await Promise.all([offer(senders), driver.run(storm)]);
    // Those who wrote in the last two seconds still count as company that a commit waits for.
    await offer(senders.slice(0, 1), FORGOTTEN_MS);
    const [alone] = await Promise.all([offer(senders.slice(0, 1)), driver.run(storm)]);

    const p99 = ({ sends }: typeof calm) => sends?.p99 ?? Number.NaN;
    console.log(
      `  - logins: ${number(loggedIn.perSecond)}/s, p50 ${number(loggedIn.p50)} ms, ${JSON.stringify(loggedIn.codes)}`,
    );
    console.log(`  - sends in the storm: ${JSON.stringify([many.sends?.codes, alone.sends?.codes])}`);
    const house = `${CLIENTS} clients logging in all the time: p99 of ${SENDS_PER_SECOND} sends a second`;
    addFigure(
      `${house} by one person (a bound of the commit's)`,
      `${number(p99(alone), 1)} ms (${number(loggedIn.perSecond)} logins a second)`,
      `≤ ${GOAL_MS} ms`,
      p99(alone) <= GOAL_MS,
    );
    const without = `${number(p99(calm), 1)} ms without the storm`;
    addFigure(
      `${house} by ${CLIENTS} people, who wait for company`,
      `${number(p99(many), 1)} ms (${without})`,
      '',
      undefined,
    );
  } finally {
    await core.stop();
  }
}
