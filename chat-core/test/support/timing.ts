/** How long each of two kinds of calls took, in ns. */
export type Times = { a: number[]; b: number[] };

/** Beyond this many standard deviations the two kinds take different times: by chance alone once in a million measurements. */
const DIFFERENT = 5;
/** A busy machine hides a difference, or now and then shows one that is none. */
const ATTEMPTS = 5;

/** Times both kinds of calls, in random order, so that what slows the machine meanwhile slows both alike. */
export function timeBoth(samples: number, calls: Record<keyof Times, (n: number) => void>): Times {
  const times: Times = { a: [], b: [] };
  for (let n = 0; n < 2 * samples; n++) {
    const kind = Math.random() < 0.5 ? 'a' : 'b';
    const start = process.hrtime.bigint();
    calls[kind](n);
    times[kind].push(Number(process.hrtime.bigint() - start));
  }
  return times;
}

/**
 * Whether two kinds of calls take different times in each of several attempts, by the ranks of all measurements (the test
 * of Mann and Whitney): what the rest of the machine does makes some of them long, and a rank is no longer for that. No
 * time itself is compared with anything.
 */
export async function areDistinguishable(measure: () => Times | Promise<Times>): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++)
    if (Math.abs(deviation(await measure())) < DIFFERENT) return false;
  return true;
}

/** How far the ranks of `a` are from those of chance, in standard deviations. Equal times share their ranks. */
function deviation({ a, b }: Times): number {
  const all = [...a.map((time) => ({ time, isA: true })), ...b.map((time) => ({ time, isA: false }))];
  all.sort((x, y) => x.time - y.time);
  let sum = 0;
  for (let start = 0; start < all.length; ) {
    let end = start;
    while (end < all.length && all[end]?.time === all[start]?.time) end += 1;
    for (let index = start; index < end; index++) if (all[index]?.isA) sum += (start + 1 + end) / 2;
    start = end;
  }
  const expected = (a.length * (all.length + 1)) / 2;
  return (sum - expected) / Math.sqrt((expected * b.length) / 6);
}
