import type { Disk } from '../../src/storage/lowdb/disk/disk.ts';
import { type LowdbStore, openStore } from '../../src/storage/lowdb/lowdb-store.ts';
import { Broken, Model, type Survived } from './model.ts';
import { describeModel, describeStore } from './model-rows.ts';
import { type Random, seeded } from './random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { carryOut, Workload } from './workload.ts';

/** A moment of a run: the disk and what was promised then. */
type Moment = { disk: SimulatedDisk; model: Model };

export type Run = {
  /** Crash states opened and compared. */
  states: number;
};

export type Plan = {
  /** Puts something wrong between the store and the disk, to see that it is noticed. */
  plant?: (disk: Disk) => Disk;
  /** Opens a store that may be wrong. */
  open?: typeof openStore;
  /** Whether disk operations fail now and then. */
  faults?: boolean;
  /** Lives are short and mostly killed: much rests on what the next start makes durable. */
  kills?: boolean;
};

/** Lives of one store: opened, used, and ended by a power cut, a kill or a stop. */
const LIVES = 4;
const MOMENTS_A_LIFE = 24;
const CRASHES_A_MOMENT = 12;

/**
 * Runs one seeded workload over several lives of a store and tries many power cuts at many moments of each.
 * @throws an error that names the seed, which alone makes it happen again
 */
export async function runSeed(seed: number, plan: Plan = {}): Promise<Run> {
  const random = seeded(seed);
  const run: Run = { states: 0 };
  let moment: Moment = { disk: new SimulatedDisk(random), model: new Model() };
  try {
    for (let life = 0; life < LIVES; life++) moment = await live(moment, random, plan, run);
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\nRepeat it with CRASH_SEED=${seed}.`, {
      cause: error,
    });
  }
  return run;
}

/** One life of a store; answers the moment from which the next begins. */
async function live({ disk, model }: Moment, random: Random, plan: Plan, run: Run): Promise<Moment> {
  const open = opener(random, plan);
  const moments: Moment[] = [];
  const steps = plan.kills ? 1 + random.below(6) : 8 + random.below(30);
  const share = MOMENTS_A_LIFE / (steps * 12);
  disk.onOperation = () => {
    if (random.chance(share) && disk.isDirty()) moments.push({ disk: disk.restart(), model: model.clone() });
  };
  const store = await open(disk);
  const found = await describeStore(store);
  model.adopt(store.revision(), model.check(store.revision(), found).rows);
  const workload = new Workload(store, disk, model, random);
  await workload.run(steps, plan.faults ?? true);
  if (workload.broken) throw workload.broken;
  disk.onOperation = () => {};
  moments.push({ disk: disk.restart(), model: model.clone() });
  for (const one of moments) await cutPower(one, random, open, run);
  const kills = plan.kills ? 0.9 : 0.3;
  return nextMoment(moments, random, store, { disk, model }, kills);
}

/** A power cut, a kill, or a stop after everything was answered. */
async function nextMoment(
  moments: Moment[],
  random: Random,
  store: LowdbStore,
  { disk, model }: Moment,
  kills: number,
): Promise<Moment> {
  if (random.chance(0.2)) {
    await store.close();
    return { disk: disk.restart(), model };
  }
  const last = random.pick(moments);
  // It is not a part of what is tried: its timers would keep it, and all it holds, for minutes.
  await store.close().catch(() => {});
  return random.chance(kills) ? last : { disk: last.disk.crash(fateOf(random).fate), model: last.model };
}

/** Tries power cuts at one moment, each once, and opens what they leave. */
async function cutPower({ disk, model }: Moment, random: Random, open: Opener, run: Run): Promise<void> {
  const tried = new Set<string>();
  for (let crash = 0; crash < CRASHES_A_MOMENT; crash++) {
    const { fate, choices } = fateOf(random);
    const crashed = disk.crash(fate);
    const choice = choices();
    if (tried.has(choice)) continue;
    tried.add(choice);
    const store = await open(crashed);
    const revision = store.revision();
    const survived = model.check(revision, await describeStore(store));
    run.states += 1;
    if (random.chance(0.3)) await goOn(store, survived, revision, () => open(crashed.restart()));
    await store.close();
  }
}

/** What a client does who was not answered: the same again, which is kept now and alone, over a restart too. */
async function goOn(
  store: LowdbStore,
  { rows, lost }: Survived,
  revision: number,
  reopen: () => Promise<LowdbStore>,
): Promise<void> {
  const [entry] = lost;
  if (!entry) return;
  await store.transact(async (tx) => {
    for (const part of entry.parts) await carryOut(tx, part);
  });
  const kept = rows.clone();
  kept.apply(entry.parts, revision + 1);
  const again = await reopen();
  const text = await describeStore(again);
  if (text !== describeModel(kept, revision + 1)) throw new Broken(`after a repeat stands\n${text}`);
  await again.close();
}

/** How much survives differs from crash to crash: nothing, all, the first so many, or each by chance. */
function fateOf(random: Random): { fate: (choices: number) => number; choices: () => string } {
  const made: number[] = [];
  const kept = random.pick([0, 0.1, 0.5, 0.9, 1]);
  let first = random.chance(0.3) ? random.below(12) : Number.NEGATIVE_INFINITY;
  const fate = (choices: number): number => {
    first -= 1;
    const inOrder = first >= 0 ? choices - 1 : 0;
    const choice = first > -1000 ? inOrder : random.chance(kept) ? 1 + random.below(choices - 1) : 0;
    made.push(choice);
    return choice;
  };
  return { fate, choices: () => made.join() };
}

type Opener = (disk: SimulatedDisk) => Promise<LowdbStore>;

function opener(random: Random, { plant = (disk) => disk, open = openStore }: Plan): Opener {
  const fileBytes = random.pick([4096, 4096, 8192]);
  // A small one drops pages while they are used; to read them again for each look takes half of the time.
  const cacheBytes = random.pick([16 * 1024, 1024 * 1024, 1024 * 1024, 1024 * 1024]);
  let time = 1_700_000_000_000;
  const now = () => {
    time += 1;
    return time;
  };
  return (disk) => open(plant(disk), 'data', { now, fileBytes, cacheBytes, groupCommitMs: 0 });
}
