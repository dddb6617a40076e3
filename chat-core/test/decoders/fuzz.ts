import { mutate, randomOf } from './mutate.ts';

/** What reads bytes that others wrote. */
export type Decoder = {
  /** Valid inputs. */
  examples: Buffer[];
  /**
   * Reads one input, and throws what the caller expects for a refusal; `refused` where it says so by its result.
   * @throws Error of another kind where an accepted input breaks a promise of the decoder
   */
  decode(input: Buffer): unknown;
  /** Whether an error is the one that this decoder refuses with. */
  isRefusal?(error: unknown): boolean;
  /** Makes a mutated input pass the checksum, so that what is behind it is reached; used for half of the inputs. */
  repair?(input: Buffer): Buffer;
  /** The part of the inputs that is tried of a slow one: one of so many. */
  oneOf?: number;
};

/** The result of a decoder that refuses without an error. */
export const refused = Symbol('refused');

/** How long one input may take: only a decoder whose time grows faster than its input takes as long for 20 KB. */
const MAX_CPU_MS = 1000;

export type Outcome = { accepted: number; refused: number };

/**
 * Gives a decoder `runs` mutated inputs. @throws Error with the input in base64 when it fails otherwise than by its refusal, or
 * takes `maxCpuMs` of CPU time
 */
export async function fuzzDecoder(
  decoder: Decoder,
  runs: number,
  seed: number,
  maxCpuMs = MAX_CPU_MS,
): Promise<Outcome> {
  const random = randomOf(seed);
  const outcome = { accepted: 0, refused: 0 };
  for (let run = 0; run < Math.ceil(runs / (decoder.oneOf ?? 1)); run++) {
    const mutated = mutate(random, decoder.examples);
    const input = decoder.repair && random(2) === 0 ? decoder.repair(mutated) : mutated;
    // A decoder may zero-fill what it has read.
    const copy = Buffer.from(input);
    const before = process.cpuUsage();
    try {
      const result = decoder.decode(input);
      const value = result instanceof Promise ? await result : result;
      if (value === refused) outcome.refused += 1;
      else outcome.accepted += 1;
    } catch (error) {
      if (!decoder.isRefusal?.(error)) throw failure(copy, seed, run, error);
      outcome.refused += 1;
    }
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 > maxCpuMs) throw failure(copy, seed, run, new Error('it took too long'));
  }
  return outcome;
}

function failure(input: Buffer, seed: number, run: number, cause: unknown): Error {
  const shown = input.toString('base64').slice(0, 4000);
  return new Error(
    `input ${run} of seed ${seed}: ${cause instanceof Error ? cause.stack : cause}\n${shown}`,
    {
      cause,
    },
  );
}
