/** Seqs as ranges with first and last seq, ascending, with a gap between any two ranges. */
export type SeqRanges = readonly (readonly [from: number, to: number])[];

/** Whether the ranges contain a seq. */
export function hasSeq(ranges: SeqRanges, seq: number): boolean {
  return rangeOf(ranges, seq) !== undefined;
}

/** The ranges with one more seq. */
export function withSeq(ranges: SeqRanges, seq: number): SeqRanges {
  const index = countStartingUpTo(ranges, seq);
  const [before, after] = [ranges[index - 1], ranges[index]];
  if (before && before[1] >= seq) return ranges;
  const joinsBefore = before?.[1] === seq - 1;
  const joinsAfter = after?.[0] === seq + 1;
  const range = [joinsBefore ? before[0] : seq, joinsAfter ? after[1] : seq] as const;
  return ranges.toSpliced(index - Number(joinsBefore), Number(joinsBefore) + Number(joinsAfter), range);
}

/** The highest seq up to `seq` that is in no range, 0 if all are. */
export function newestOutside(ranges: SeqRanges, seq: number): number {
  return (rangeOf(ranges, seq)?.[0] ?? seq + 1) - 1;
}

/** Formats ascending numbers for a person: 3, 5–8. */
export function formatRanges(numbers: number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

function rangeOf(ranges: SeqRanges, seq: number): SeqRanges[number] | undefined {
  const before = ranges[countStartingUpTo(ranges, seq) - 1];
  return before && before[1] >= seq ? before : undefined;
}

/** The number of ranges that start at `seq` or before, by binary search. */
function countStartingUpTo(ranges: SeqRanges, seq: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.[0] ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
