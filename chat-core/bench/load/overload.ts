import { startCeiling } from '../ceilings/start.ts';
import type { Driver } from '../drive/driver.ts';
import type { Offered, Stream } from '../drive/open-loop.ts';
import { cursorsOf } from '../drive/polls.ts';
import { pollText, sendText } from '../drive/request.ts';
import { TEXT } from '../fill.ts';
import { busyDuring, isAlive, rssMiB } from '../processes.ts';
import { addFigure, number } from '../report.ts';
import { type Started, strangers, type Testbed } from '../testbed.ts';

const CLIENTS = 64;
/** Polls for each send. */
const POLLS_A_SEND = 10;
/** People at once, each with one request in flight; a request without a free socket is not sent. */
const SOCKETS = 2000;
const QUIET_MS = 3000;
const TIMEOUT_MS = 60_000;

/** Polls and sends beyond capacity: the goodput, whether the server survives, loses messages, and recovers. */
export async function benchOverload(
  testbed: Testbed,
  driver: Driver,
  ms: number,
  peakMs: number,
): Promise<void> {
  const core = await testbed.startCore();
  try {
    const [senders, pollers] = [
      testbed.people.slice(0, CLIENTS),
      strangers(testbed.people, CLIENTS, CLIENTS),
    ];
    // No one writes to those who poll: from a cursor that does not advance, each delta would be longer than the one before.
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
    addFigure(
      `the same mixture in a closed loop on ${number(SOCKETS)} connections ÷ on ${CLIENTS}`,
      `${number(crowded / peak, 2)} (${number(crowded)}/s ÷ ${number(peak)}/s); bare Express 204 ${await bareShare(driver, polls, peakMs)}`,
      '',
      undefined,
    );

    for (const times of [2, 10]) {
      const offer = () => driver.run({ kind: 'offer', ...ask, streams: streams(times * peak), ms });
      const { result, busy } = await busyDuring([core.pid, driver.pid, testbed.cipher().pid], offer);
      const back = await driver.run({
        kind: 'recover',
        port: core.port,
        requests: [polls[0] ?? '', sends[0] ?? ''],
        normalMs,
        everyMs: 50,
        inARow: 20,
        timeoutMs: TIMEOUT_MS,
      });
      console.log(
        `  - ${times}×: core ${share(busy[0])}, driver ${share(busy[1])}, cipher ${share(busy[2])}`,
      );
      for (const [name, stream] of Object.entries(result))
        console.log(`  - ${times}× ${describe(name, stream)}`);
      addOverloadFigures(`${times}× capacity for ${ms / 1000} s`, result, peak, core, back.ms);
      const read = await driver.run({ kind: 'readBack', port: core.port, readers: senders });
      addFigure(
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

/** Successful answers a second of the same mixture in a closed loop: a few connections keep the server just busy. */
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

/** The share of its rate that bare Express reaches with as many busy sockets: the upper bound for any server on it. */
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

const GOAL_SHARE = 0.9;
const GOAL_BACK_MS = 5000;
const GOAL_ACCEPTED_MS = 500;
const GOAL_REFUSED_MS = 50;

/** The rows of one overload: `peak` requests a second before it, `backMs` from its end to normal, undefined for never. */
export function addOverloadFigures(
  figure: string,
  result: Record<string, Offered>,
  peak: number,
  core: Started,
  backMs: number | undefined,
): void {
  const good = Object.values(result).reduce((sum, { perSecond }) => sum + perSecond, 0);
  const parts = Object.entries(result).map(([name, { perSecond }]) => `${number(perSecond)} ${name}/s`);
  const worst = (pick: (stream: Offered) => number) => Math.max(...Object.values(result).map(pick));
  const [accepted, refused] = [worst(({ p99 }) => p99), worst(({ refusedP99 }) => refusedP99)];
  const alive = isAlive(core.pid);
  addFigure(
    `${figure}: goodput ÷ peak`,
    `${number(good / peak, 2)} (${parts.join(', ')}; peak ${number(peak)}/s)`,
    `≥ ${GOAL_SHARE}`,
    good / peak >= GOAL_SHARE,
  );
  const inTime = accepted <= GOAL_ACCEPTED_MS;
  addFigure(`${figure}: p99 of accepted`, `${number(accepted)} ms`, `≤ ${GOAL_ACCEPTED_MS} ms`, inTime);
  const quick = refused <= GOAL_REFUSED_MS;
  addFigure(`${figure}: p99 of refusals`, `${number(refused)} ms`, `≤ ${GOAL_REFUSED_MS} ms`, quick);
  const memory = alive ? `none; ${number(rssMiB(core.pid))} MiB afterwards` : 'it died';
  addFigure(`${figure}: crashes`, memory, '0', alive);
  addFigure(
    `${figure}: from its end to normal latency`,
    backMs === undefined ? 'not within a minute' : `${number(backMs / 1000, 2)} s`,
    `≤ ${GOAL_BACK_MS / 1000} s`,
    backMs !== undefined && backMs <= GOAL_BACK_MS,
  );
}

/** A line about one stream of an overload, with the requests that were never sent. */
export function describe(name: string, { due, turnedAway, p50, p99, refusedP99, codes }: Offered): string {
  const outside = `${number(due)} due, ${number(turnedAway)} found no socket`;
  const times = `p50 ${number(p50)} ms, p99 ${number(p99)} ms, refused within ${number(refusedP99)} ms (p99)`;
  return `${name}: ${outside}; ${times}; ${JSON.stringify(codes)}`;
}
