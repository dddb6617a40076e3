import { z } from 'zod';

/** An object that holds the sealed bytes of a file from `start` on and before `end`. */
export type Part = { start: number; end: number };

/**
 * The parts of a file in order: the first begins at 0, and each begins after the one before it does, and at most where that
 * ends. From there on the bytes of the later one count.
 */
export type Parts = readonly Part[];

/** Digits of an offset in a key, so that keys are in the order of offsets: a file has at most 2,000 MB. */
const DIGITS = 12;
const KEY = /^(\d{12})-(\d{12})$/;

/** The last part of the key of an object that holds a part. */
export function partKey({ start, end }: Part): string {
  return [start, end].map((offset) => String(offset).padStart(DIGITS, '0')).join('-');
}

/** The part that the last part of a key names; undefined where it is another object. */
export function readPartKey(key: string): Part | undefined {
  const [, start, end] = KEY.exec(key) ?? [];
  const part = { start: Number(start), end: Number(end) };
  return part.end > part.start ? part : undefined;
}

export function sizeOf(parts: Parts): number {
  return parts.at(-1)?.end ?? 0;
}

/** The parts after one was written at an offset that is at most the size: what was there from its start on counts no more. */
export function withPart(parts: Parts, part: Part): Parts {
  return [...parts.filter(({ start }) => start < part.start), part];
}

/**
 * Parts that hold the most bytes from 0 on without a hole, of all that are there. Parts may overlap, as two processes may have
 * written the same bytes: every choice is right then.
 */
export function coverOf(all: readonly Part[]): Parts {
  const sorted = [...all].sort((a, b) => a.start - b.start);
  const chosen: Part[] = [];
  for (let index = 0; ; ) {
    const reach = sizeOf(chosen);
    let best: Part | undefined;
    for (; index < sorted.length; index++) {
      const part = sorted[index] as Part;
      if (part.start > reach) break;
      if (part.end > (best?.end ?? reach)) best = part;
    }
    if (!best) return chosen;
    chosen.push(best);
  }
}

/** Where the bytes from `offset` on and before `offset + length` are: ranges of parts, in order. */
export function locate(parts: Parts, offset: number, length: number): { part: Part; range: Part }[] {
  const found: { part: Part; range: Part }[] = [];
  const end = Math.min(offset + length, sizeOf(parts));
  for (let index = firstAt(parts, offset); index < parts.length; index++) {
    const part = parts[index] as Part;
    if (part.start >= end) break;
    const from = Math.max(part.start, offset);
    const to = Math.min(parts[index + 1]?.start ?? part.end, end);
    if (from < to) found.push({ part, range: { start: from - part.start, end: to - part.start } });
  }
  return found;
}

/** The number of the last part that begins at most at `offset`. */
function firstAt(parts: Parts, offset: number): number {
  let [low, high] = [0, parts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((parts[middle] as Part).start <= offset) low = middle;
    else high = middle;
  }
  return low;
}

const Offset = z.number().int().min(0);
const Manifest = z.strictObject({ parts: z.array(z.tuple([Offset, Offset])).min(1) });

/** The object that says that a file is finished, and of which parts. */
export function writeManifest(parts: Parts): Buffer {
  return Buffer.from(JSON.stringify({ parts: parts.map(({ start, end }) => [start, end]) }));
}

/** @throws Error when it is none */
export function readManifest(bytes: Buffer): Parts {
  const { parts } = Manifest.parse(JSON.parse(bytes.toString()));
  const read = parts.map(([start, end]) => ({ start, end }));
  const isWhole = read.every(({ start, end }, index) => {
    const before = read[index - 1];
    return start < end && (before ? start > before.start && start <= before.end : start === 0);
  });
  if (!isWhole) throw new Error('the parts of a file are not in order');
  return read;
}
