import { median, number } from './table.ts';

/** Runs each side once a round, A B C A B C…, so that a machine whose speed drifts slows all of them alike. */
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

export type Ratio = { median: number; least: number; most: number };

/** Each round's ratio, and how far the rounds differ. @throws Error when the other side did nothing in a round */
export function ratioOf(ours: number[], theirs: number[]): Ratio {
  if (theirs.includes(0)) throw new Error(`nothing to compare with in a round: ${theirs.join(', ')}`);
  const each = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
}

/** `0.92 (0.88–0.95; 41,000/s ÷ 44,000/s)` */
export function writeRatio(ours: number[], theirs: number[], unit: string, digits = 0): string {
  const { median: middle, least, most } = ratioOf(ours, theirs);
  const places = middle >= 100 ? 0 : 2;
  const [spread, sides] = [
    `${number(least, places)}–${number(most, places)}`,
    `${number(median(ours), digits)}${unit} ÷ ${number(median(theirs), digits)}${unit}`,
  ];
  return `${number(middle, places)} (${spread}; ${sides})`;
}
