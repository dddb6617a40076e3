import { type Random, seeded } from '../crash/random.ts';

/** What a person does, at any core, again and again until it is acknowledged. */
export type Work = { kind: 'send' | 'edit' | 'mark' | 'hide'; conversationId: string };
/** What goes wrong. `part` chooses a core. */
type Fault =
  | { kind: 'cut'; part: number; use: 'turn' | 'listener' | 'reader' | 'all' }
  | { kind: 'silence'; part: number; forMs: number }
  | { kind: 'kill'; part: number; forMs: number }
  | { kind: 'restart'; forMs: number }
  | { kind: 'failover'; forMs: number }
  | { kind: 'standby away'; forMs: number }
  | { kind: 'wait cancelled' };
export type Step = { at: number } & (Work | Fault);

/** All that is decided before a schedule runs; what remains to chance follows from the seed. */
export type Plan = {
  seed: number;
  cores: number;
  isSynchronous: boolean;
  lostNotices: number;
  /** The share of work that goes to the first core, which thus often commits several times in a row. */
  favour: number;
  /** How far the wall clock of each core is ahead, in milliseconds. */
  clocks: number[];
  steps: Step[];
};

export const CONVERSATIONS = ['ani-budi', 'ani-cici', 'group'];

/** The plan of a seed; each eighth one is of the rare failovers below. `cores`: so many instead of 2 to 64. */
export function planOf(seed: number, cores?: number): Plan {
  const plan = anyPlanOf(seed, cores);
  return seed % 8 === 0 ? withUnconfirmed(plan) : plan;
}

/**
 * A synchronous standby is away while commits wait for it; their wait is cancelled, or the primary starts again, so that they can
 * be seen; and then the standby takes over without them.
 */
function withUnconfirmed(plan: Plan): Plan {
  const random = seeded(plan.seed ^ 0xfa11);
  const from = 20 + random.below(60);
  const until = from + 300 + random.below(900);
  const within = () => from + random.below(until - from);
  const steps: Step[] = [
    { at: from, kind: 'standby away', forMs: until - from + 200 },
    { at: until, kind: 'failover', forMs: 10 + random.below(100) },
    ...Array.from({ length: 2 + random.below(9) }, (): Step => {
      const fault: Fault = random.chance(0.8)
        ? { kind: 'wait cancelled' }
        : { kind: 'restart', forMs: 5 + random.below(40) };
      return { at: within(), ...fault };
    }),
    ...Array.from({ length: 2 + random.below(6) }, (): Step => {
      const conversationId = random.pick(CONVERSATIONS);
      return { at: random.below(until), kind: 'send', conversationId };
    }),
  ];
  return { ...plan, isSynchronous: true, steps: [...plan.steps, ...steps].sort((a, b) => a.at - b.at) };
}

function anyPlanOf(seed: number, cores?: number): Plan {
  const random = seeded(seed);
  const some = sizeOf(random);
  const count = cores ?? some;
  const durationMs = random.chance(0.6) ? 30 + random.below(400) : 400 + random.below(count > 8 ? 400 : 2600);
  const works = Array.from({ length: 3 + random.below(14) }, (): Step => {
    const kind = random() < 0.75 ? 'send' : random.pick(['edit', 'mark', 'hide'] as const);
    return { at: random.below(durationMs), kind, conversationId: random.pick(CONVERSATIONS) };
  });
  const faults = Array.from(
    { length: random.chance(0.1) ? 0 : 1 + random.below(7) },
    (): Step => ({ at: random.below(durationMs), ...faultOf(random, count) }),
  );
  return {
    seed,
    cores: count,
    isSynchronous: random.chance(0.6),
    lostNotices: random.pick([0, 0.1, 0.5, 1]),
    favour: random.pick([0, 0.6, 0.95]),
    clocks: Array.from({ length: count }, () => (random.chance(0.5) ? 0 : random.below(600_000) - 300_000)),
    steps: [...works, ...faults].sort((a, b) => a.at - b.at),
  };
}

function sizeOf(random: Random): number {
  const kind = random();
  if (kind < 0.8) return 2 + random.below(3);
  if (kind < 0.96) return 5 + random.below(6);
  return kind < 0.99 ? 11 + random.below(53) : 64;
}

function faultOf(random: Random, cores: number): Fault {
  const part = random.below(cores);
  const kind = random();
  if (kind < 0.35)
    return { kind: 'cut', part, use: random.pick(['turn', 'turn', 'listener', 'reader', 'all'] as const) };
  if (kind < 0.55) return { kind: 'kill', part, forMs: 20 + random.below(1000) };
  if (kind < 0.67) return { kind: 'restart', forMs: 10 + random.below(800) };
  if (kind < 0.82) return { kind: 'failover', forMs: 10 + random.below(800) };
  if (kind < 0.9) return { kind: 'standby away', forMs: 50 + random.below(1000) };
  if (kind < 0.96 || cores > 6) return { kind: 'wait cancelled' };
  return { kind: 'silence', part, forMs: 100 + random.below(8000) };
}

/** Whether nothing goes wrong in a plan, so that nothing may be refused. */
export function isCalm({ steps }: Plan): boolean {
  return steps.every(({ kind }) => ['send', 'edit', 'mark', 'hide'].includes(kind));
}

/** A smaller plan that fails too: without steps and cores that the failure does not need. */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < smallest.steps.length; ) {
      const steps = smallest.steps.toSpliced(from, size);
      const less = { ...smallest, steps };
      if (await fails(less)) smallest = less;
      else from += size;
    }
  }
  for (const cores of [2, 3, 4, 6, 8, 16, 32]) {
    const less = { ...smallest, cores };
    if (cores < smallest.cores && (await fails(less))) return less;
  }
  return smallest;
}
