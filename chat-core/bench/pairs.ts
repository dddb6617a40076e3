import { cursorsOf } from './drive/cursors.ts';
import type { Pair } from './drive/deliver.ts';
import type { Sender } from './load.ts';

/** The first people, neighbour with neighbour, and where the second of each stands in what he has heard. */
export async function pairsOf(port: number, people: Sender[], count: number): Promise<Pair[]> {
  const [from, to] = [0, 1].map((side) => people.filter((_, n) => n % 2 === side).slice(0, count));
  const cursors = await cursorsOf(port, to ?? []);
  return (from ?? []).map((person, n) => ({
    from: person,
    to: to?.[n] as Sender,
    cursor: cursors[n] ?? '',
  }));
}

/** So many people of whom no two are friends, from `start` on: who comes and goes among them is no news to the others. */
export function strangers(people: Sender[], count: number, start = 0): Sender[] {
  return people
    .slice(start)
    .filter((_, n) => n % 2 === 0)
    .slice(0, count);
}
