import type { Random } from '../crash/random.ts';
import type { Core, Cores } from '../support/cores.ts';
import type { PostgresPair } from '../support/postgres-pair.ts';
import { until } from '../support/until.ts';
import type { Ledger } from './ledger.ts';
import type { CoresNow } from './people.ts';

export const KINDS = ['core', 'primary', 'listeners', 'restart'] as const;
export type Kind = (typeof KINDS)[number];

/** One failure: for how long each core acknowledged nothing, in ms, from what was done and from what ended it. */
export type Failure = { kind: Kind; outageMs: number; recoveryMs: number[] };

type Deps = {
  pair: PostgresPair;
  cores: Cores;
  now: CoresNow;
  ledger: Ledger;
  random: Random;
  env: Record<string, string>;
};

/** Those whose last statement is one of the two by which a core begins to listen (follower.ts). */
const LISTENERS =
  "select pid from pg_stat_activity where query like 'listen %' or query like 'select pg_try_advisory_lock_shared%'";

/** Lets parts fail at random, one after the other, while people write. */
export class Failures {
  readonly done: Failure[] = [];
  private readonly deps: Deps;
  /** The standby that is made anew after a failover; the database does not fail again before it is there. */
  private rebuilding: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Resolves when `count` parts have failed and run again, or promises are broken. */
  async run(count: number, of: readonly Kind[]): Promise<void> {
    const { ledger, random } = this.deps;
    let kinds: Kind[] = [];
    for (let n = 1; n <= count && ledger.violations.length === 0; n++) {
      if (kinds.length === 0) kinds = shuffled(of, random);
      const kind = kinds.pop() as Kind;
      await ledger.next(5 + random.below(30));
      this.done.push({ kind, ...(await this[kind]()) });
      if (n % 10 === 0)
        console.log(`${n} of ${count} failures, ${ledger.acknowledged.size} messages acknowledged`);
    }
    await this.rebuilding;
  }

  /** Kills a core. The others go on, and it is started again. */
  private async core(): Promise<Omit<Failure, 'kind'>> {
    const { now, cores, random, env } = this.deps;
    const victim = random.below(now.length);
    const others = now.flatMap((_, index) => (index === victim ? [] : [index]));
    const from = performance.now();
    await (now[victim] as Core).stop('SIGKILL');
    const recoveryMs = await this.recovery(from, others);
    now[victim] = await cores.startAgain(now[victim] as Core, env);
    await this.recovery(performance.now(), [victim]);
    return { outageMs: Math.max(...recoveryMs), recoveryMs };
  }

  /** Kills all processes of the primary, and the standby takes over. */
  private async primary(): Promise<Omit<Failure, 'kind'>> {
    const { pair, now, ledger, random } = this.deps;
    await this.rebuilding;
    await ledger.next(5);
    const from = performance.now();
    await pair.killPrimary();
    await new Promise((resolve) => setTimeout(resolve, random.below(400)));
    await pair.promote();
    const promotedAt = performance.now();
    const recoveryMs = await this.recovery(promotedAt, [...now.keys()]);
    this.rebuilding = pair.rebuildStandby();
    // It is awaited before the database fails again.
    this.rebuilding.catch(() => {});
    return { outageMs: promotedAt - from + Math.max(...recoveryMs), recoveryMs };
  }

  /** Cuts the connections by which cores hear of commits. */
  private async listeners(): Promise<Omit<Failure, 'kind'>> {
    const { pair, now } = this.deps;
    // After the failure before this one each core listens again.
    await until(async () => (await pair.run(LISTENERS)).length === now.length);
    const from = performance.now();
    await pair.run(`select pg_terminate_backend(pid) from (${LISTENERS}) as listeners`);
    const recoveryMs = await this.recovery(from, [...now.keys()]);
    return { outageMs: Math.max(...recoveryMs), recoveryMs };
  }

  /** Restarts the database, in order or after a kill. */
  private async restart(): Promise<Omit<Failure, 'kind'>> {
    const { pair, now, ledger, random } = this.deps;
    await this.rebuilding;
    await ledger.next(5);
    const from = performance.now();
    await pair.restartPrimary(random.chance(0.5) ? 'SIGINT' : 'SIGKILL');
    const upAt = performance.now();
    const recoveryMs = await this.recovery(upAt, [...now.keys()]);
    return { outageMs: upAt - from + Math.max(...recoveryMs), recoveryMs };
  }

  /**
   * How long after `from` each of these cores acknowledged a message, in ms.
   * @throws Error with its log when one ends instead
   */
  private recovery(from: number, cores: number[]): Promise<number[]> {
    const { ledger, now } = this.deps;
    return Promise.all(
      cores.map(async (index) => {
        const { process, log } = now[index] as Core;
        const ended = Promise.withResolvers<never>();
        const onExit = (code: number | null) =>
          ended.reject(new Error(`core ${index + 1} ended with ${code}: ${log().slice(-3000)}`));
        process.once('exit', onExit);
        if (process.exitCode !== null) onExit(process.exitCode);
        const at = await Promise.race([ledger.next(1, index), ended.promise]);
        process.off('exit', onExit);
        return at - from;
      }),
    );
  }
}

function shuffled<T>(rows: readonly T[], random: Random): T[] {
  return rows
    .map((row) => ({ row, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ row }) => row);
}

/** The figures as a table, in ms. */
export function tableOf(failures: Failure[]): string {
  const rows = KINDS.map((kind) => {
    const of = failures.filter((one) => one.kind === kind);
    const recovery = of.flatMap(({ recoveryMs }) => recoveryMs);
    const outages = of.map(({ outageMs }) => outageMs);
    return `| ${NAMES[kind]} | ${of.length} | ${figures(recovery)} | ${figures(outages)} |`;
  });
  return [
    '| failure | times | recovery, median and longest | without an acknowledgement by every core, median and longest |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const NAMES: Record<Kind, string> = {
  core: 'kill -9 of a core: the other one',
  primary: 'kill -9 of the primary, the standby promoted: each core, from the promotion',
  listeners: 'cut of the LISTEN connections: each core',
  restart: 'restart of the database, in order or after kill -9: each core, from its start',
};

function figures(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const ms = (value = 0) => `${Math.round(value)} ms`;
  return `${ms(sorted[Math.floor((sorted.length - 1) / 2)])}, ${ms(sorted.at(-1))}`;
}
