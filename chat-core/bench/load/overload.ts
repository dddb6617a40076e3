import { startCeiling } from '../ceilings/start.ts';
import { cursorsOf } from '../drive/cursors.ts';
import type { Stream } from '../drive/offer.ts';
import type { Driver } from '../drive/open-driver.ts';
import { pollText, sendText } from '../drive/request.ts';
import { TEXT } from '../fill.ts';
import type { Home, Started } from '../pair.ts';
import { strangers } from '../pairs.ts';
import { busyDuring } from '../processes.ts';
import { number, tell } from '../table.ts';
import { describe, tellOverload } from './overload-told.ts';

const CLIENTS = 64;
/** A send comes with so many polls. */
const POLLS_A_SEND = 10;
/** People at once, each with one request under way: who finds no socket waits outside. */
const SOCKETS = 2000;
const QUIET_MS = 3000;
const TIMEOUT_MS = 60_000;

/** Polls and sends beyond what the box can do: what it still does, whether it lives, loses anything, and comes back. */
export async function benchOverload(home: Home, driver: Driver, ms: number, peakMs: number): Promise<void> {
  const core = await home.startCore();
  try {
    const [senders, pollers] = [home.people.slice(0, CLIENTS), strangers(home.people, CLIENTS, CLIENTS)];
    // Nobody writes to those who poll: with a cursor that stays behind, each answer would be longer than the one before.
    const cursors = await cursorsOf(core.port, pollers);
    const polls = pollers.map(({ token }, n) => pollText(token, cursors[n]));
    const sends = senders.map((person) => sendText(person, TEXT));
    const streams = (perSecond: number): Stream[] => [
      { name: 'polls', requests: polls, perSecond: (perSecond * POLLS_A_SEND) / (POLLS_A_SEND + 1) },
      { name: 'sends', requests: sends, perSecond: perSecond / (POLLS_A_SEND + 1) },
    ];
    const ask = { port: core.port, sockets: SOCKETS };
    const quiet = await driver.run({ kind: 'offer', ...ask, streams: streams(100), ms: QUIET_MS });
    const normalMs = Math.max(25, 3 * Math.max(...Object.values(quiet).map(({ p99 }) => p99)));
    const peak = await findPeak(driver, core, polls, sends, peakMs);
    console.log(
      `  - peak ${number(peak)} requests a second; normal is an answer within ${number(normalMs)} ms`,
    );
    const crowded = await findPeak(driver, core, polls, sends, peakMs, SOCKETS);
    tell(
      `the same mixture in a closed loop on ${number(SOCKETS)} connections ÷ on ${CLIENTS}`,
      `${number(crowded / peak, 2)} (${number(crowded)}/s ÷ ${number(peak)}/s); bare Express 204 ${await bareShare(driver, polls, peakMs)}`,
      '',
      undefined,
    );

    for (const times of [2, 10]) {
      const offer = () => driver.run({ kind: 'offer', ...ask, streams: streams(times * peak), ms });
      const { result, busy } = await busyDuring([core.pid, driver.pid, home.cipher().pid], offer);
      const back = await driver.run({
        kind: 'recover',
        port: core.port,
        requests: [polls[0] ?? '', sends[0] ?? ''],
        normalMs,
        everyMs: 50,
        inARow: 20,
        patienceMs: TIMEOUT_MS,
      });
      console.log(
        `  - ${times}×: core ${share(busy[0])}, driver ${share(busy[1])}, cipher ${share(busy[2])}`,
      );
      for (const [name, stream] of Object.entries(result))
        console.log(`  - ${times}× ${describe(name, stream)}`);
      tellOverload(`${times}× capacity for ${ms / 1000} s`, result, peak, core, back.ms);
      const read = await driver.run({ kind: 'readBack', port: core.port, readers: senders });
      tell(
        `${times}× capacity: acknowledged messages missing, twice, or out of order afterwards`,
        `${read.missing}, ${read.twice}, ${read.holes} of ${number(read.acknowledged)}`,
        '0',
        read.missing + read.twice + read.holes === 0,
      );
    }
  } finally {
    await core.stop();
  }
}

/** Successful answers a second of the same mixture in a closed loop: on a few connections the box is just busy. */
async function findPeak(
  driver: Driver,
  { port }: Started,
  polls: string[],
  sends: string[],
  ms: number,
  connections = CLIENTS,
): Promise<number> {
  const kinds = POLLS_A_SEND + 1;
  // 64 and 11 share no factor, so every connection meets every kind.
  const requests = Array.from({ length: CLIENTS * kinds }, (_, n) =>
    n % kinds === 0 ? (sends[n % CLIENTS] ?? '') : (polls[n % CLIENTS] ?? ''),
  );
  const order = { kind: 'loop', port, requests, connections, ms, warmUpMs: 3000 } as const;
  return (await driver.run(order)).perSecond;
}

/** What bare Express keeps of its own rate when as many sockets are full: nothing above it can keep more. */
async function bareShare(driver: Driver, requests: string[], ms: number): Promise<string> {
  const { port, stop } = await startCeiling('bare-express');
  try {
    const order = { kind: 'loop', port, requests, ms, warmUpMs: 3000 } as const;
    const { perSecond: few } = await driver.run({ ...order, connections: CLIENTS });
    const { perSecond: many } = await driver.run({ ...order, connections: SOCKETS });
    return `${number(many / few, 2)} (${number(many)}/s ÷ ${number(few)}/s)`;
  } finally {
    await stop();
  }
}

const share = (busy = 0): string => `${number(busy * 100)} % of a core`;
