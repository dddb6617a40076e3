import { expect, it } from 'vitest';
import { CIPHER_DECODERS } from './cipher-decoders.ts';
import { CORE_DECODERS } from './core-decoders.ts';
import { type Decoder, fuzzDecoder, refused } from './fuzz.ts';

/** `npm run soak` tries a million inputs each. */
const RUNS = Number(process.env.DECODER_RUNS || 10_000);
const SEED = Number(process.env.FUZZ_SEED || 1);

it.each(Object.entries({ ...CORE_DECODERS, ...CIPHER_DECODERS }))(
  'any bytes instead of %s are read or refused as its callers expect, within a second',
  async (_, decoder) => {
    const { accepted, refused } = await fuzzDecoder(decoder, RUNS, SEED);
    // The premise: inputs reach what is behind the first check, and some do not.
    expect([accepted > RUNS / 1000, refused + accepted]).toEqual([
      true,
      Math.ceil(RUNS / (decoder.oneOf ?? 1)),
    ]);
  },
  RUNS * 100,
);

const FAULTS: [string, RegExp, Decoder][] = [
  [
    'an error that is no refusal',
    /SyntaxError/,
    { examples: [Buffer.from('{"a":[1]}')], decode: (input) => JSON.parse(input.toString()) },
  ],
  [
    'base64 with many spellings',
    /two texts/,
    {
      examples: [Buffer.alloc(40, 1).toString('base64')].map((text) => Buffer.from(text)),
      decode: (input) => {
        const bytes = Buffer.from(input.toString('latin1'), 'base64');
        if (bytes.length >= 28 && bytes.toString('base64') !== input.toString('latin1'))
          throw new Error('two texts');
        return refused;
      },
    },
  ],
  [
    'a time that grows with the input',
    /it took too long/,
    {
      examples: [Buffer.from('a'.repeat(2000))],
      decode: () => {
        const start = process.cpuUsage();
        while (process.cpuUsage(start).user < 300_000);
      },
    },
  ],
];

it.each(FAULTS)('the fuzz of decoders finds %s when it is planted', async (_, found, decoder) => {
  await expect(fuzzDecoder(decoder, 10_000, 1, 250)).rejects.toThrow(found);
});

it('the same seed gives the same inputs, and another one others', async () => {
  const inputs = async (seed: number) => {
    const seen: string[] = [];
    const decode = (input: Buffer) => seen.push(input.toString('hex'));
    await fuzzDecoder({ examples: [Buffer.from('{"a":1}')], decode }, 50, seed);
    return seen.join();
  };
  expect(await inputs(3)).toBe(await inputs(3));
  expect(await inputs(3)).not.toBe(await inputs(4));
});
