/** How long each of two kinds of calls took, in ns. */
export type Times = { a: number[]; b: number[] };

/** Beyond this many standard deviations the two kinds take different times: by chance alone once in a million measurements. */
const DIFFERENT = 5;
/** A busy machine hides a difference, or now and then shows one that is none. */
const ATTEMPTS = 5;

/**
 * Times one function with the inputs of both kinds, in random order, so that what slows the machine meanwhile slows both
 * alike. It is one function because V8 compiles two of the same text apart, and one may then be slower for good.
 */
export function timeBoth<T>(
  samples: number,
  inputs: Record<keyof Times, T[]>,
  call: (input: T) => void,
): Times {
  const times: Times = { a: [], b: [] };
  for (let n = 0; n < 2 * samples; n++) {
    const kind = Math.random() < 0.5 ? 'a' : 'b';
    const input = inputs[kind][n % inputs[kind].length] as T;
    const start = process.hrtime.bigint();
    call(input);
    times[kind].push(Number(process.hrtime.bigint() - start));
  }
  return times;
}

/**
 * Whether the same kind of calls takes longer in each of several attempts, by the ranks of all measurements (the test of
 * Mann and Whitney): what the rest of the machine does makes some of them long, and a rank is no longer for that. No time
 * itself is compared with anything.
 */
export async function areDistinguishable(measure: () => Times | Promise<Times>): Promise<boolean> {
  let slower = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = deviation(await measure());
    if (Math.abs(found) < DIFFERENT || slower * found < 0) return false;
    slower = Math.sign(found);
  }
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
