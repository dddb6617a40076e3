import { median, number, tell } from './table.ts';

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

/** Each round's ratio, and how far the rounds differ. */
export function ratioOf(ours: number[], theirs: number[]): Ratio {
  const each = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
}

/** `0.92 (0.88–0.95; 41,000/s ÷ 44,000/s)` */
export function writeRatio(ours: number[], theirs: number[], unit: string, digits = 0): string {
  const { median: middle, least, most } = ratioOf(ours, theirs);
  const places = middle >= 100 ? 0 : 2;
  const spread = `${number(least, places)}–${number(most, places)}`;
  const sides = `${number(median(ours), digits)}${unit} ÷ ${number(median(theirs), digits)}${unit}`;
  return `${number(middle, places)} (${spread}; ${sides})`;
}

/** Tells a figure that is a ratio. `goal` reads `≥ 0.9` or `≤ 10`, or is empty where there is none. */
export function tellRatio(
  figure: string,
  sides: { ours: number[]; theirs: number[]; unit: string; digits?: number },
  goal: '' | `≥ ${number}` | `≤ ${number}`,
): void {
  const { ours, theirs, unit, digits } = sides;
  if (theirs.includes(0)) {
    tell(
      figure,
      `!!! not measured: the other side did nothing in a round (${theirs.join(', ')})`,
      goal,
      undefined,
    );
    return;
  }
  const { median: middle } = ratioOf(ours, theirs);
  const bound = Number(goal.slice(2));
  const met = goal.startsWith('≥') ? middle >= bound : middle <= bound;
  tell(figure, writeRatio(ours, theirs, unit, digits), goal, goal === '' ? undefined : met);
}
