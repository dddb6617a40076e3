import { cursorsOf } from '../drive/cursors.ts';
import type { Driver } from '../drive/open-driver.ts';
import { pollText, requestText, sendText } from '../drive/request.ts';
import { PASSWORD, TEXT } from '../fill.ts';
import type { Sender } from '../load.ts';
import type { Home } from '../pair.ts';
import { number, tell } from '../table.ts';

const CLIENTS = 64;
const GOAL_MS = 25;

type Both = [Sender[], Sender[]];

/**
 * Sixty-four clients that log in again and again, each with bcrypt's work, while others write and poll. A send's time
 * holds its commit's, so its p99 is an upper bound of the commit's.
 */
export async function benchLogins(home: Home, driver: Driver, ms: number): Promise<void> {
  const core = await home.startCore();
  try {
    const { port } = core;
    // Others than those who log in: an account keeps ten devices, and the eleventh ends the first one's token.
    const [senders, pollers] = [0, 2].map((n) => home.people.slice(n * CLIENTS, (n + 1) * CLIENTS)) as Both;
    const cursors = await cursorsOf(port, pollers);
    const logins = Array.from({ length: CLIENTS }, (_, n) =>
      requestText('POST', '/auth/login', { body: { username: `u${CLIENTS + n}`, password: PASSWORD } }),
    );
    const streams = [
      { name: 'sends', requests: senders.map((person) => sendText(person, TEXT)), perSecond: 50 },
      { name: 'polls', requests: pollers.map(({ token }, n) => pollText(token, cursors[n])), perSecond: 500 },
    ];
    const offer = { kind: 'offer', port, streams, sockets: 128, ms } as const;
    const calm = await driver.run(offer);
    const storm = { kind: 'loop', port, requests: logins, connections: CLIENTS, ms, warmUpMs: 0 } as const;
    const [stormy, loggedIn] = await Promise.all([driver.run(offer), driver.run(storm)]);
    const of = ({ sends }: typeof calm) => `p99 ${number(sends?.p99 ?? Number.NaN, 1)} ms`;
    const p99 = stormy.sends?.p99 ?? Number.NaN;
    console.log(
      `  - logins: ${number(loggedIn.perSecond)}/s, p50 ${number(loggedIn.p50)} ms, ${JSON.stringify(loggedIn.codes)}`,
    );
    console.log(`  - sends in the storm: ${JSON.stringify(stormy.sends?.codes)}`);
    tell(
      `${CLIENTS} clients logging in all the time: p99 of 50 sends a second`,
      `${of(stormy)} (without them ${of(calm)}; ${number(loggedIn.perSecond)} logins a second)`,
      `≤ ${GOAL_MS} ms`,
      p99 <= GOAL_MS,
    );
  } finally {
    await core.stop();
  }
}
