import type { Driver } from './drive/driver.ts';
import type { Timed } from './drive/timing.ts';
import type { Pace } from './options.ts';
import { busyDuring } from './processes.ts';
import { addFigure, median, number } from './report.ts';

/** A server and the requests it gets. */
export type Side = { pid: number; port: number; requests: string[]; connections: number };

/** The share of a core above which the driver itself is the limit. */
const DRIVER_LIMIT = 0.9;
/** With many connections server or driver is at least this busy, unless other processes use the cores. */
const BUSY = 0.5;
/** The time at the start of a round in which connections open; it is not measured. */
const RAMP_MS = 300;

/**
 * A closed loop against each side, once to warm up and then in interleaved rounds, and a line for each side on
 * how busy it and the driver were. @throws Error when a side answers with anything but success
 */
export async function measureRounds<Name extends string>(
  driver: Driver,
  sides: Record<Name, Side>,
  { rounds, ms, warmUpMs }: Pace,
): Promise<Record<Name, Timed[]>> {
  const names = Object.keys(sides) as Name[];
  const busy = Object.fromEntries(names.map((name) => [name, [] as number[][]])) as Record<Name, number[][]>;
  const run = async (name: Name, time: { ms: number; warmUpMs: number }) => {
    const { pid, port, requests, connections } = sides[name];
    const order = { kind: 'loop' as const, port, requests, connections, ...time };
    const { result, busy: shares } = await busyDuring([pid, driver.pid], () => driver.run(order));
    const refused = Object.entries(result.codes).filter(([code]) => !code.startsWith('2'));
    if (refused.length > 0) throw new Error(`${name} answered ${JSON.stringify(result.codes)}`);
    return { result, shares };
  };
  for (const name of names) await run(name, { ms: warmUpMs, warmUpMs: 0 });
  const results = await interleave(
    rounds,
    Object.fromEntries(
      names.map((name) => [
        name,
        async () => {
          const { result, shares } = await run(name, { ms, warmUpMs: RAMP_MS });
          busy[name].push(shares);
          return result;
        },
      ]),
    ) as Record<Name, () => Promise<Timed>>,
  );
  for (const name of names) console.log(describe(name, results[name], busy[name], sides[name].connections));
  return results;
}

function describe(name: string, results: Timed[], busy: number[][], connections: number): string {
  const of = (pick: (result: Timed) => number) => median(results.map(pick));
  const [server = 0, driver = 0] = [0, 1].map((index) => median(busy.map((shares) => shares[index] ?? 0)));
  const rate = `${number(of(({ perSecond }) => perSecond))}/s`;
  const [p50, p99] = [of((result) => result.p50), of((result) => result.p99)];
  const times = `p50 ${number(p50, 2)} ms, p99 ${number(p99, 2)} ms`;
  const cores = `server ${number(server * 100)} % of a core, driver ${number(driver * 100)} %`;
  const starved = connections > 1 && Math.max(server, driver) < BUSY;
  const limit =
    driver > DRIVER_LIMIT
      ? '; !!! THE DRIVER WAS THE LIMIT'
      : starved
        ? '; !!! NEITHER WAS BUSY: something else had the cores'
        : '';
  return `  - ${name}: ${rate}, ${times}, ${cores}${limit}`;
}

/** Runs each side once a round, A B C A B C…, so that a drift of the machine's speed affects all alike. */
export async function interleave<Side extends string, Result>(
  rounds: number,
  sides: Record<Side, () => Promise<Result>>,
): Promise<Record<Side, Result[]>> {
  const names = Object.keys(sides) as Side[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Side, Result[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) results[name].push(await sides[name]());
  }
  return results;
}

export type Ratio = { median: number; min: number; max: number };

/** The median, smallest and largest ratio of the rounds. */
export function ratioOf(ours: number[], theirs: number[]): Ratio {
  const each = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { median: median(each), min: Math.min(...each), max: Math.max(...each) };
}

/** `0.92 (0.88–0.95; 41,000/s ÷ 44,000/s)` */
export function writeRatio(ours: number[], theirs: number[], unit: string, digits = 0): string {
  const { median: middle, min, max } = ratioOf(ours, theirs);
  const places = middle >= 100 ? 0 : 2;
  const spread = `${number(min, places)}–${number(max, places)}`;
  const sides = `${number(median(ours), digits)}${unit} ÷ ${number(median(theirs), digits)}${unit}`;
  return `${number(middle, places)} (${spread}; ${sides})`;
}

/** Adds a figure that is a ratio. `goal` is `≥ 0.9` or `≤ 10`, or empty. */
export function addRatio(
  figure: string,
  sides: { ours: number[]; theirs: number[]; unit: string; digits?: number },
  goal: '' | `≥ ${number}` | `≤ ${number}`,
): void {
  const { ours, theirs, unit, digits } = sides;
  if (theirs.includes(0)) {
    addFigure(
      figure,
      `!!! not measured: the other side did nothing in a round (${theirs.join(', ')})`,
      goal,
      undefined,
    );
    return;
  }
  const { median: middle } = ratioOf(ours, theirs);
  const bound = Number(goal.slice(2));
  const met = goal.startsWith('≥') ? middle >= bound : middle <= bound;
  addFigure(figure, writeRatio(ours, theirs, unit, digits), goal, goal === '' ? undefined : met);
}
