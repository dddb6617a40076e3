import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openStore } from '../../src/storage/lowdb/lowdb-store.ts';
import { RollbackError } from '../../src/storage/lowdb/maintenance/rollback-guard.ts';
import { PositionRefused, type Remembered } from '../../src/storage/rollback-counter.ts';
import { type Random, seeded } from './random.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const SEEDS = 4;
const LIVES = 4;
const CRASHES_A_MOMENT = 4;
const AT_ONCE = { maxWaitMs: 0, maxLines: 1, minPauseMs: 0 };

type Position = NonNullable<Remembered['position']>;

/** A counter on another disk: no power cut reaches it, calls may fail, and answers may be lost. */
class FlakyCounter {
  private readonly random: Random;
  readonly positions: Map<string, Position | null>;
  onRaise: () => void = () => {};

  constructor(random: Random, positions = new Map<string, Position | null>()) {
    this.random = random;
    this.positions = new Map(positions);
  }

  async read(history: string): Promise<Remembered> {
    await this.mayFail();
    const position = this.positions.get(history);
    return { position: position ?? null, isEnded: position === null, isEmpty: this.positions.size === 0 };
  }

  async raise(history: string, position: Position): Promise<void> {
    await this.mayFail();
    const found = this.positions.get(history);
    if (found && found.revision > position.revision) throw new PositionRefused();
    this.positions.set(history, position);
    this.onRaise();
    await this.mayFail();
  }

  private async mayFail(): Promise<void> {
    if (this.random.chance(0.5)) await setImmediate();
    if (this.random.chance(0.15)) throw new Error('the counter is away');
  }
}

/** With it the counter never fails. */
const calm: Random = Object.assign(() => 1, {
  below: (below: number) => below - 1,
  chance: () => false,
  pick: <T>([first]: readonly T[]): T => first as T,
});

type Moment = { disk: SimulatedDisk; positions: FlakyCounter['positions'] };

function open(disk: SimulatedDisk, counter: FlakyCounter) {
  const onRollback = (error: Error): never => {
    throw error;
  };
  return openStore(disk, 'data', {
    now: () => 1_700_000_000_000,
    fileBytes: 4096,
    groupCommitMs: 0,
    rollback: { counter, onRollback, times: AT_ONCE },
  });
}

/** One life of a box, with the moments at which its power may be cut. */
async function live(start: Moment, random: Random): Promise<Moment[]> {
  const { disk } = start;
  const counter = new FlakyCounter(random, start.positions);
  const moments: Moment[] = [];
  const add = () => moments.push({ disk: disk.restart(), positions: new Map(counter.positions) });
  const store = await open(disk, counter);
  disk.onOperation = () => random.chance(0.15) && add();
  counter.onRaise = add;
  for (let n = 2 + random.below(8); n > 0; n--) {
    await store.transact((tx) =>
      tx.saveAccount({
        id: `orang${random.below(1e9)}`,
        username: 'orang',
        password: 'hash',
        contacts: [],
        tokenVersion: 0,
        devices: [],
      }),
    );
    if (random.chance(0.2)) await store.checkpoint('all');
    if (random.chance(0.6)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (random.chance(0.5)) await store.close();
  add();
  disk.onOperation = () => {};
  await store.close().catch(() => {});
  return moments;
}

it('a power cut at any point between the journal, meta.json and the counter is never taken for a rollback, and an older disk always is', async () => {
  let [states, refused] = [0, 0];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seeded(seed);
    let moment: Moment = { disk: new SimulatedDisk(random), positions: new Map() };
    for (let life = 0; life < LIVES; life++) {
      const moments = await live(moment, random);
      const newest = Math.max(
        ...[...(moments.at(-1)?.positions.values() ?? [])].map((one) => one?.revision ?? 0),
      );
      for (const { disk, positions } of moments) {
        for (let crash = 0; crash < CRASHES_A_MOMENT; crash++) {
          const crashed = disk.crash((choices) => random.below(choices));
          const older = crashed.restart();
          const store = await open(crashed, new FlakyCounter(calm, positions));
          const revision = store.revision();
          await store.close();
          states += 1;
          const later = new FlakyCounter(calm, moments.at(-1)?.positions);
          // What has no meta.json yet is an empty box, with a history of its own.
          if (revision >= newest || !later.positions.has(store.epoch)) continue;
          await expect(open(older, later), `seed ${seed}`).rejects.toThrow(RollbackError);
          refused += 1;
        }
      }
      const last = random.pick(moments);
      moment = { ...last, disk: last.disk.crash((choices) => random.below(choices)) };
    }
  }
  expect(states).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(50);
}, 300_000);
