/** Random numbers that a seed decides (mulberry32): a failure repeats. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Pieces that break parsers: signs of JSON, base64, headers and numbers, and bytes that are no UTF-8. */
const PIECES = [
  '\0',
  '"',
  '{}',
  '[]',
  '{',
  ']',
  ',',
  'null',
  '-1',
  '1e999',
  '99999999999999999999',
  '"__proto__":{},',
  '"constructor":1,',
  '=',
  '==',
  '.',
  '\r\n',
  '\n',
  ' ',
  '\\ud800',
  '\u{feff}',
  'é',
  '٣',
  ...['ff', 'fe', 'c0af', 'eda080', '00000000', 'ffffffff'].map((hex) => Buffer.from(hex, 'hex')),
].map((piece) => Buffer.from(piece));
const LONG = 20_000;

/** What stands in JSON where something else was. */
const VALUES: unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  2 ** 53,
  1e308,
  '',
  'x',
  '\ud800',
  'x'.repeat(5000),
  [],
  [[]],
  {},
  { length: 3 },
  [null],
];

type Random = ReturnType<typeof randomOf>;
const pick = <T>(random: Random, some: readonly T[]) => some[random(some.length)] as T;

/** One of `examples`, with one to four random changes; one in fifty is left as it is. */
export function mutate(random: Random, examples: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(pick(random, examples));
  if (random(50) === 0) return bytes;
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const other = pick(random, examples);
    bytes = random(3) === 0 ? (mutateJson(random, bytes) ?? bytes) : mutateBytes(random, bytes, other);
  }
  return bytes;
}

function mutateBytes(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const [from, to] = [random(bytes.length + 1), random(bytes.length + 1)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  const replaced = (middle: Uint8Array, end = to) =>
    Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(end)]);
  switch (random(8)) {
    case 0:
      if (from < bytes.length) bytes[from] = (bytes[from] ?? 0) ^ (1 << random(8));
      return bytes;
    case 1:
      if (from < bytes.length) bytes[from] = random(256);
      return bytes;
    case 2:
      return bytes.subarray(0, from);
    case 3:
      return replaced(Buffer.alloc(0));
    case 4:
      return replaced(pick(random, PIECES), from);
    case 5:
      return replaced(pick(random, PIECES), from + 1);
    case 6:
      return random(40) === 0
        ? replaced(Buffer.alloc(LONG, pick(random, PIECES)))
        : replaced(bytes.subarray(from, to), from);
    default:
      return replaced(other.subarray(random(other.length + 1)));
  }
}

/** Replaces, removes or repeats one value of a JSON text; undefined where it is none. */
function mutateJson(random: Random, bytes: Buffer): Buffer | undefined {
  let root: unknown;
  try {
    root = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  let parent = root;
  // Goes down a random path, and stops at random or at its end.
  for (;;) {
    if (typeof parent !== 'object' || parent === null)
      return Buffer.from(JSON.stringify(pick(random, VALUES)));
    const key = pick(random, Object.keys(parent));
    if (key === undefined) return Buffer.from(JSON.stringify(pick(random, VALUES)));
    const inner = (parent as Record<string, unknown>)[key];
    if (typeof inner === 'object' && inner !== null && random(4) > 0) {
      parent = inner;
      continue;
    }
    change(random, parent as Record<string, unknown>, key, inner);
    return Buffer.from(JSON.stringify(root));
  }
}

function change(random: Random, parent: Record<string, unknown>, key: string, inner: unknown): void {
  switch (random(4)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      return;
    case 1:
      if (Array.isArray(parent)) parent.push(inner);
      else parent[pick(random, ['more', 'constructor', 'length', 'toJSON'])] = inner;
      return;
    case 2:
      if (typeof inner === 'number') parent[key] = inner + pick(random, [1, -1, 0.5, 2 ** 32, -(2 ** 53)]);
      else if (typeof inner === 'string') parent[key] = inner.slice(0, random(inner.length + 1));
      else parent[key] = pick(random, VALUES);
      return;
    default:
      parent[key] = pick(random, VALUES);
  }
}
