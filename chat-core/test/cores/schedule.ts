import type { Store } from '../../src/storage/store.ts';
import { type Random, seeded } from '../crash/random.ts';
import { History } from './history.ts';
import { isCalm, type Plan, type Step, shrink, type Work } from './plan.ts';
import { Reader } from './reader.ts';
import type { Tamper } from './simulated-client.ts';
import { SimulatedCore } from './simulated-core.ts';
import { type DatabaseOptions, SimulatedDatabase } from './simulated-database.ts';
import { VirtualTime } from './virtual-time.ts';
import { addPeople, type Done, request } from './work.ts';

/** When everything works again, all cores agree within so long. */
const SETTLE_MS = 60_000;

/** Faults that a run plants, to check that they are caught. */
export type Planted = {
  tamper?: Tamper;
  ignoresTimer?: (ms: number) => boolean;
  /** Whether a repeat without a transaction waits until what it has found is confirmed. */
  confirms?: boolean;
  /** Without readers no core is asked for what it does not have yet. */
  hasReaders?: boolean;
  database?: Pick<DatabaseOptions, 'readsBeforeLock'>;
};

/**
 * `repeats`: requests that found what an earlier one had stored; `losses`: how often a standby took over without commits that
 * had been seen; `lost`: acknowledged messages among them.
 */
export type Run = { events: number; commits: number; repeats: number; losses: number; lost: number };

/**
 * Runs the plan of a seed.
 * @throws Error with the seed, and with the smallest plan that fails too
 */
export async function runPlan(plan: Plan, planted: Planted = {}): Promise<Run> {
  const run = await new Schedule(plan, planted).run();
  if (!run.violation) return run;
  const fails = async (less: Plan) => (await new Schedule(less, planted).run()).violation !== undefined;
  const smallest = await shrink(plan, fails);
  const { violation } = await new Schedule(smallest, planted).run();
  throw new Error(
    `seed ${plan.seed}: ${run.violation.message}\nRepeat it with CORES_SEED=${plan.seed}. Smaller (${violation?.message}):\n${JSON.stringify(smallest)}`,
    { cause: run.violation },
  );
}

/** One run of a plan: cores, clients and a database, and what happens to them. */
class Schedule {
  private readonly plan: Plan;
  private readonly time = new VirtualTime();
  private readonly random: Random;
  private readonly database: SimulatedDatabase;
  private readonly history: History;
  private readonly cores: SimulatedCore[];
  private readonly readers: Reader[];
  private readonly clients = { isEnded: false };
  private open = 0;
  private repeats = 0;
  private readonly confirms: boolean;

  constructor(
    plan: Plan,
    { tamper = {}, ignoresTimer, confirms = true, hasReaders = true, database }: Planted,
  ) {
    this.plan = plan;
    this.confirms = confirms;
    const { time } = this;
    if (ignoresTimer) time.ignoresTimer = ignoresTimer;
    const random = seeded(plan.seed ^ 0x5eed);
    this.random = random;
    this.database = new SimulatedDatabase({ time, random, isSynchronous: plan.isSynchronous, ...database });
    this.history = new History(this.database);
    this.cores = plan.clocks.slice(0, plan.cores).map((clock) => this.newCore(clock, tamper));
    const { cores, history } = this;
    this.readers = (hasReaders ? ['ani', 'cici'] : []).map(
      (userId) => new Reader(userId, { time, random, database: this.database, history, cores }),
    );
  }

  private newCore(clock: number, tamper: Tamper): SimulatedCore {
    const { time, random, database, plan } = this;
    return new SimulatedCore({
      time,
      random,
      database,
      lostNotices: plan.lostNotices,
      tamper,
      clock,
      onStart: (store, { network: { owner } }) => {
        store.onCommit(() => void this.history.compare(store, owner));
      },
      onLost: (error) => {
        if (database.losses.length === 0)
          this.history.fail(`a core ended though nothing was lost: ${error.message}`);
      },
    });
  }

  async run(): Promise<Run & { violation: Error | undefined }> {
    const restore = this.time.install();
    try {
      await this.prepare();
      for (const step of this.plan.steps) this.time.after(step.at, this.clients, () => this.begin(step));
      for (const reader of this.readers) reader.run();
      const end = (this.plan.steps.at(-1)?.at ?? 0) + 1;
      await this.runUntil(end, () => false);
      this.heal();
      await this.runUntil(end + SETTLE_MS, () => this.hasSettled());
      await this.finish();
    } catch (error) {
      this.database.violation ??= error as Error;
    } finally {
      restore();
    }
    const { database, time } = this;
    return {
      events: time.count,
      commits: database.tables.box.revision,
      repeats: this.repeats,
      losses: database.losses.length,
      lost: this.history.lost,
      violation: database.violation,
    };
  }

  private runUntil(end: number, isOver: () => boolean): Promise<void> {
    return this.time.runUntil(end, () => this.database.violation !== undefined || isOver());
  }

  /** Starts all cores, the first of which makes accounts and conversations. Nothing fails yet. */
  private async prepare(): Promise<void> {
    for (const [index, core] of this.cores.entries()) {
      this.time.current = core.network.owner;
      await core.start();
      if (index === 0) await core.store?.transact(addPeople);
    }
    this.time.current = undefined;
    this.database.isInstant = false;
    if (this.cores.some(({ store }) => !store)) throw new Error('a core has not started');
  }

  private begin(step: Step): void {
    const { database, cores, time } = this;
    if (step.kind === 'cut') {
      for (const client of coreOf(cores, step.part).network.clients)
        if (step.use === 'all' || client.use === step.use) client.cut();
    } else if (step.kind === 'kill') coreOf(cores, step.part).kill(step.forMs);
    else if (step.kind === 'silence') this.silence(coreOf(cores, step.part), step.forMs);
    else if (step.kind === 'restart') database.restart(step.forMs);
    else if (step.kind === 'failover') database.failOver(step.forMs);
    else if (step.kind === 'wait cancelled') database.cancelWait();
    else if (step.kind === 'standby away') {
      database.standbyIsAway = true;
      time.after(step.forMs, undefined, () => this.returnStandby());
    } else this.work(step, `${step.kind} ${this.plan.steps.indexOf(step)}`);
  }

  private returnStandby(): void {
    this.database.standbyIsAway = false;
    this.database.replicate();
  }

  private silence({ network }: SimulatedCore, forMs: number): void {
    network.isSilent = true;
    for (const client of network.clients) client.lose();
    this.time.after(forMs, undefined, () => {
      network.isSilent = false;
    });
  }

  /** A person does something at any core until it is acknowledged. */
  private work(step: Work, id: string, cores = this.cores): void {
    this.open += 1;
    const attempt = () => {
      const askedAt = this.time.now;
      const patienceMs = this.random.chance(0.8) ? 30_000 : 50 + this.random.below(3000);
      this.pick(cores).call(
        (store) => request(store, step, id, this.confirms),
        patienceMs,
        (error, done) => {
          if (error) {
            if (isCalm(this.plan) && patienceMs === 30_000)
              this.history.fail(`${id} was refused: ${error.message}`);
            this.time.after(this.random() * 300, this.clients, attempt);
            return;
          }
          this.open -= 1;
          if (done) this.acknowledge(step.kind, id, done, askedAt);
        },
      );
    };
    attempt();
  }

  private pick(cores: SimulatedCore[]): SimulatedCore {
    return this.random.chance(this.plan.favour) ? coreOf(cores, 0) : this.random.pick(cores);
  }

  private acknowledge(kind: Work['kind'], id: string, { row, isNew }: Done, askedAt: number): void {
    if (kind === 'send' && !isNew) this.repeats += 1;
    if (kind === 'send') this.history.acknowledge(id, { ...row, askedAt });
    else this.history.acknowledgeEdit({ ...row, askedAt });
  }

  private heal(): void {
    this.returnStandby();
    for (const { network } of this.cores) network.isSilent = false;
  }

  private hasSettled(): boolean {
    const { revision } = this.database.tables.box;
    return (
      this.open === 0 && this.database.isUp && this.cores.every(({ store }) => store?.revision() === revision)
    );
  }

  private async finish(): Promise<void> {
    if (this.database.violation) return;
    if (!this.hasSettled())
      throw new Error(`cores do not agree ${SETTLE_MS} ms after all works again: ${this.describe()}`);
    await this.probe();
    for (const reader of this.readers) await this.readAll(reader);
    const fresh = this.newCore(0, {});
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.database.isInstant = true;
    this.time.current = fresh.network.owner;
    await fresh.start();
    if (!fresh.store) throw new Error('no core starts on this database');
    const stores = this.cores.map(
      ({ store, network }) => [store as Store, network.owner] as [Store, typeof network.owner],
    );
    await this.history.check(stores, fresh.store);
    for (const reader of this.readers) reader.check();
  }

  /** Some cores write at last, each itself, and all others learn of it. */
  private async probe(): Promise<void> {
    for (const core of this.cores.slice(0, 3))
      this.work({ kind: 'send', conversationId: 'group' }, `last ${this.open}`, [core]);
    await this.runUntil(this.time.now + SETTLE_MS, () => this.hasSettled());
    if (!this.hasSettled()) throw new Error(`a last message does not reach all cores: ${this.describe()}`);
  }

  private async readAll(reader: Reader): Promise<void> {
    const { time, cores, random, database } = this;
    const isAtEnd = () => reader.cursor === database.tables.box.revision;
    await this.runUntil(time.now + SETTLE_MS, isAtEnd);
    if (!isAtEnd())
      throw new Error(`a reader stays at ${reader.cursor}: ${cores.length} cores, ${random.below(9)}`);
  }

  private describe(): string {
    const at = this.cores.map(({ store }) => store?.revision() ?? 'down').join(' ');
    return `the database is at ${this.database.tables.box.revision}, they at ${at}, ${this.open} not acknowledged`;
  }
}

function coreOf(cores: SimulatedCore[], part: number): SimulatedCore {
  return cores[part % cores.length] as SimulatedCore;
}
