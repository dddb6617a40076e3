import type { Disk } from '../../src/storage/lowdb/disk/disk.ts';
import { type LowdbStore, openStore } from '../../src/storage/lowdb/lowdb-store.ts';
import { Broken, Model, marksIn, type Survived } from './model.ts';
import { checkFiles, sweepAll } from './model-files.ts';
import { describeModel, describeStore } from './model-rows.ts';
import { type Random, seeded } from './random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { execute, Workload } from './workload.ts';

/** A moment of a run: the disk, and the model of what was acknowledged. */
type Moment = { disk: SimulatedDisk; model: Model };

export type Run = {
  /** Number of crash states that were opened and compared. */
  states: number;
};

export type Plan = {
  /** Plants a fault between the store and the disk, to check that it is caught. */
  plant?: (disk: Disk) => Disk;
  /** Opens the store under test, or one with a planted fault. */
  open?: typeof openStore;
  /** Whether disk operations fail at random. */
  faults?: boolean;
  /** Lives are short and mostly end with a kill, to test what the next start makes durable. */
  kills?: boolean;
  /** Whether messages have files, true unless given. */
  files?: boolean;
  /** Whether messages expire, chats are imported, and so on (model-features.ts). */
  features?: boolean;
};

/** Number of lives of a store: it is opened, used, and ended by a power cut, a kill or a stop. */
const LIVES = 4;
const MOMENTS_A_LIFE = 24;
const CRASHES_A_MOMENT = 12;

/**
 * Runs one seeded workload over several lives of a store and tries power cuts at many moments of each.
 * @throws an error that names the seed, which reproduces it
 */
export async function runSeed(seed: number, plan: Plan = {}): Promise<Run> {
  const random = seeded(seed);
  const run: Run = { states: 0 };
  let moment: Moment = { disk: new SimulatedDisk(random), model: new Model() };
  try {
    for (let life = 0; life < LIVES; life++) moment = await runLife(moment, random, plan, run);
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\nRepeat it with CRASH_SEED=${seed}.`, {
      cause: error,
    });
  }
  return run;
}

/** Runs one life of a store. @returns the moment from which the next life starts */
async function runLife({ disk, model }: Moment, random: Random, plan: Plan, run: Run): Promise<Moment> {
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
  const workload = new Workload(store, disk, model, random, {
    files: plan.files ?? true,
    features: plan.features ?? false,
  });
  await workload.run(steps, plan.faults ?? true);
  if (workload.broken) throw workload.broken;
  disk.onOperation = () => {};
  moments.push({ disk: disk.restart(), model: model.clone() });
  for (const one of moments) await tryPowerCuts(one, random, open, run, plan);
  const kills = plan.kills ? 0.9 : 0.3;
  return nextMoment(moments, random, store, { disk, model }, kills);
}

/** Ends a life by a power cut, a kill, or a stop after all transactions. */
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
  // The close is not under test: the timers of an open store would hold its memory for minutes.
  await store.close().catch(() => {});
  return random.chance(kills) ? last : { disk: last.disk.crash(randomFate(random).fate), model: last.model };
}

/** Tries different power cuts at one moment and opens the disks after them. */
async function tryPowerCuts(
  { disk, model }: Moment,
  random: Random,
  open: Opener,
  run: Run,
  plan: Plan,
): Promise<void> {
  const tried = new Set<string>();
  for (let crash = 0; crash < CRASHES_A_MOMENT; crash++) {
    const { fate, choices } = randomFate(random);
    const crashed = disk.crash(fate);
    const choice = choices();
    if (tried.has(choice)) continue;
    tried.add(choice);
    const store = await open(crashed);
    const revision = store.revision();
    const survived = model.check(revision, await describeStore(store));
    const [uploads, attachments] = [survived.rows.uploads(), survived.rows.attachments()];
    await checkFiles(store, { uploads, attachments }, model.files);
    run.states += 1;
    const hasFiles = crashed.pathsBelow('data/attachments/').length > 0;
    if (plan.features && random.chance(0.3)) await checkErased(store, crashed, survived, model);
    else if (hasFiles && random.chance(0.3)) await sweepAll(store, crashed, attachments);
    else if (random.chance(0.3)) await repeatLost(store, survived, revision, () => open(crashed.restart()));
    await store.close();
  }
}

/** Checks that the next checkpoint leaves nothing on the disk of what was removed, wherever the power went. @throws Broken */
async function checkErased(
  store: LowdbStore,
  disk: SimulatedDisk,
  { rows }: Survived,
  { marks }: Model,
): Promise<void> {
  await store.checkpoint();
  const left = marksIn(describeModel(rows, store.revision()));
  const places = new Map<string, string>();
  for (const path of disk.pathsBelow('data/')) {
    const bytes = await disk.read(`data/${path}`);
    for (const mark of marksIn(bytes?.toString('latin1') ?? '')) places.set(mark, path);
  }
  for (const mark of marks) {
    const path = places.get(mark);
    if (path !== undefined && !left.has(mark)) throw new Broken(`“${mark}” was removed and is in ${path}`);
  }
}

/** Repeats a lost transaction like a client without a response. Its rows must then be there, also after a restart. */
async function repeatLost(
  store: LowdbStore,
  { rows, lost }: Survived,
  revision: number,
  reopen: () => Promise<LowdbStore>,
): Promise<void> {
  const [pending] = lost;
  if (!pending) return;
  await store.transact(async (tx) => {
    for (const part of pending.parts) await execute(tx, part);
  });
  const expected = rows.clone();
  expected.apply(pending.parts, revision + 1);
  const again = await reopen();
  const text = await describeStore(again);
  if (text !== describeModel(expected, revision + 1))
    throw new Broken(`after a repeat the store contains\n${text}`);
  await again.close();
}

/** A fate with a random share of unsynced data that survives: none, all, the first few, or each by chance. */
function randomFate(random: Random): { fate: (choices: number) => number; choices: () => string } {
  const chosen: number[] = [];
  const survivalRate = random.pick([0, 0.1, 0.5, 0.9, 1]);
  let first = random.chance(0.3) ? random.below(12) : Number.NEGATIVE_INFINITY;
  const fate = (choices: number): number => {
    first -= 1;
    const inOrder = first >= 0 ? choices - 1 : 0;
    const choice = first > -1000 ? inOrder : random.chance(survivalRate) ? 1 + random.below(choices - 1) : 0;
    chosen.push(choice);
    return choice;
  };
  return { fate, choices: () => chosen.join() };
}

type Opener = (disk: SimulatedDisk) => Promise<LowdbStore>;

function opener(random: Random, { plant = (disk) => disk, open = openStore }: Plan): Opener {
  const fileBytes = random.pick([4096, 4096, 8192]);
  // A small cache evicts pages during their use; to read them again takes half of the time.
  const cacheBytes = random.pick([16 * 1024, 1024 * 1024, 1024 * 1024, 1024 * 1024]);
  let time = 1_700_000_000_000;
  const now = () => {
    time += 1;
    return time;
  };
  return (disk) => open(plant(disk), 'data', { now, fileBytes, cacheBytes, groupCommitMs: 0 });
}
