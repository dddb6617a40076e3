import type { Driver } from '../drive/driver.ts';
import { sendText } from '../drive/request.ts';
import type { Timed } from '../drive/timing.ts';
import { TEXT } from '../fill.ts';
import type { Pace } from '../options.ts';
import { busyDuring } from '../processes.ts';
import { median, number } from '../report.ts';
import { interleave } from '../rounds.ts';
import { strangers } from '../testbed.ts';
import type { SharedTestbed } from './shared-testbed.ts';

/** The time at the start of a round in which connections open; it is not measured. */
const RAMP_MS = 300;

/** Cores that share the load, and the processes of which it is shown how busy they were. */
export type Setup = { ports: number[]; processes: Record<string, number> };
/** `flushes`: of the write-ahead log of PostgreSQL, in a second. */
export type Round = { perSecond: number; p50: number; p99: number; flushes: number };

/**
 * Sends in a closed loop against each setup, in turns: so many connections, each of one person who stays at one core, no two of
 * whom are friends. @throws Error when a send is refused
 */
export async function measureSends<Name extends string>(
  testbed: SharedTestbed,
  driver: Driver,
  { setups, connections, pace }: { setups: Record<Name, Setup>; connections: number; pace: Pace },
): Promise<Record<Name, Round[]>> {
  const people = strangers(testbed.people, connections);
  const busy = new Map<string, number[]>();
  const run = async (name: Name, ms: number, warmUpMs: number): Promise<Round> => {
    const { ports, processes } = setups[name];
    const loops = ports.map((port, index) => {
      const own = people.filter((_, n) => n % ports.length === index);
      const requests = own.map((person) => sendText(person, TEXT));
      return { kind: 'loop' as const, port, requests, connections: own.length, ms, warmUpMs };
    });
    const before = await flushesOf(testbed);
    const all = { ...processes, cipher: testbed.cipher().pid, driver: driver.pid };
    const started = performance.now();
    const { result, busy: shares } = await busyDuring(Object.values(all), () =>
      Promise.all(loops.map((order) => driver.run(order))),
    );
    const flushes = ((await flushesOf(testbed)) - before) / ((performance.now() - started) / 1000);
    for (const [index, process] of Object.keys(all).entries()) {
      const key = `${name} ${process}`;
      busy.set(key, [...(busy.get(key) ?? []), shares[index] ?? 0]);
    }
    // While a core warms up it may refuse some.
    if (warmUpMs > 0) for (const { codes } of result) requireAccepted(name, codes);
    const worst = (pick: (one: Timed) => number) => Math.max(...result.map(pick));
    const perSecond = result.reduce((sum, one) => sum + one.perSecond, 0);
    return { perSecond, p50: worst(({ p50 }) => p50), p99: worst(({ p99 }) => p99), flushes };
  };
  const names = Object.keys(setups) as Name[];
  for (const name of names) await run(name, pace.warmUpMs, 0);
  busy.clear();
  const sides = names.map((name) => [name, () => run(name, pace.ms, RAMP_MS)] as const);
  const results = await interleave(
    pace.rounds,
    Object.fromEntries(sides) as Record<Name, () => Promise<Round>>,
  );
  for (const name of names) console.log(describe(name, results[name], busy));
  return results;
}

function requireAccepted(name: string, codes: Record<string, number>): void {
  const isRefused = Object.keys(codes).some((code) => !code.startsWith('2'));
  if (isRefused) throw new Error(`${name} answered ${JSON.stringify(codes)}`);
}

/** How often PostgreSQL has flushed its write-ahead log. */
async function flushesOf({ postgres }: SharedTestbed): Promise<number> {
  const [row] = await postgres.run('select wal_sync::int as n from pg_stat_wal');
  return Number(row?.n ?? 0);
}

function describe(name: string, rounds: Round[], busy: Map<string, number[]>): string {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  const times = `p50 ${number(
    of(({ p50 }) => p50),
    2,
  )} ms, p99 ${number(
    of(({ p99 }) => p99),
    2,
  )} ms`;
  const flushes = of((round) => round.flushes);
  const shares = [...busy]
    .filter(([key]) => key.startsWith(`${name} `))
    .map(([key, each]) => `${key.slice(name.length + 1)} ${number(median(each) * 100)} %`);
  const flushed = flushes > 1 ? `, ${number(flushes)} flushes/s` : '';
  return `  - ${name}: ${number(of(({ perSecond }) => perSecond))}/s, ${times}${flushed}; busy: ${shares.join(', ')} of a processor`;
}
