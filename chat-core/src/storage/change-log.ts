import { MAX_CHANGES } from './store.ts';

/**
 * The newest changes of messages, each seq once, in the order of change. All with a revision above `floor` are here:
 * who follows from an older one begins anew.
 */
export type ChangeLog = { floor: number; recent: readonly (readonly [seq: number, rev: number])[] };

export const NO_CHANGES: ChangeLog = { floor: 0, recent: [] };

/** The same and this change. One that is here already, or was overtaken, changes nothing: lines are read twice. */
export function withChange(kept: ChangeLog, seq: number, rev: number): ChangeLog {
  const { floor, recent } = kept;
  if (rev < newestChange(kept) || recent.some((one) => one[0] === seq && one[1] >= rev)) return kept;
  const others = recent.filter((one) => one[0] !== seq);
  const oldest = others.length < MAX_CHANGES ? undefined : others.shift();
  return { floor: oldest?.[1] ?? floor, recent: [...others, [seq, rev]] };
}

/** The revision of the newest change, 0 before any. */
export function newestChange({ floor, recent }: ChangeLog): number {
  return recent.at(-1)?.[1] ?? floor;
}

/** What changed after a revision; undefined when not all of it is remembered. */
export function changesAfter({ floor, recent }: ChangeLog, since: number): ChangeLog['recent'] | undefined {
  return since < floor ? undefined : recent.filter(([, rev]) => rev > since);
}
