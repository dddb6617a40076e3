import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  coverOf,
  locate,
  type Part,
  type Parts,
  partKey,
  readManifest,
  readPartKey,
  sizeOf,
  withPart,
  writeManifest,
} from './file-parts.ts';

const SIZE = 60;
const anyPart = fc
  .tuple(fc.integer({ min: 0, max: SIZE - 1 }), fc.integer({ min: 1, max: 20 }))
  .map(([start, length]): Part => ({ start, end: start + length }));
/** Writes as a file gets them: each at an offset that is at most its size. */
const anyWrites = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 20 })), { maxLength: 12 });

/** The bytes that a model has after the same writes: each byte is the number of its write. */
function written(writes: [number, number][]): { model: number[]; parts: Parts; byPart: Map<Part, number> } {
  let model: number[] = [];
  let parts: Parts = [];
  const byPart = new Map<Part, number>();
  for (const [index, [where, length]] of writes.entries()) {
    const start = where % (model.length + 1);
    model = [...model.slice(0, start), ...Array.from({ length }, () => index)];
    const part = { start, end: start + length };
    byPart.set(part, index);
    parts = withPart(parts, part);
  }
  return { model, parts, byPart };
}

it('any range is read as the writes left it, and through the object that ends a file too', () => {
  fc.assert(
    fc.property(anyWrites, fc.nat(SIZE), fc.nat(SIZE), (writes, offset, length) => {
      const { model, parts, byPart } = written(writes);
      expect(sizeOf(parts)).toBe(model.length);
      if (parts.length > 0) expect(readManifest(writeManifest(parts))).toEqual(parts);
      const read = locate(parts, offset, length).flatMap(({ part, range }) => {
        expect(range.start >= 0 && range.end <= part.end - part.start).toBe(true);
        return Array.from({ length: range.end - range.start }, () => byPart.get(part));
      });
      expect(read).toEqual(model.slice(offset, offset + length));
    }),
    { numRuns: 2000 },
  );
});

it('of any objects those are chosen that reach furthest from 0 without a hole', () => {
  fc.assert(
    fc.property(fc.array(anyPart, { maxLength: 15 }), (all) => {
      let reach = 0;
      for (let grows = true; grows; ) {
        const next = Math.max(reach, ...all.filter(({ start }) => start <= reach).map(({ end }) => end));
        grows = next > reach;
        reach = next;
      }
      const chosen = coverOf(all);
      expect(sizeOf(chosen)).toBe(reach);
      if (chosen.length > 0) expect(readManifest(writeManifest(chosen))).toEqual(chosen);
      const covered = locate(chosen, 0, reach).reduce((sum, { range }) => sum + range.end - range.start, 0);
      expect(covered).toBe(reach);
    }),
    { numRuns: 2000 },
  );
});

it('keys are in the order of offsets, and what is no part is none', () => {
  fc.assert(
    fc.property(anyPart, anyPart, (a, b) => {
      expect(readPartKey(partKey(a))).toEqual(a);
      if (a.start < b.start) expect(partKey(a) < partKey(b)).toBe(true);
    }),
  );
  for (const key of ['finished', '', '1-2', '000000000005-000000000005', 'x000000000000-000000000005'])
    expect(readPartKey(key)).toBeUndefined();
});

it('an object that ends a file is refused when its parts have a hole, go back, or are none', () => {
  for (const parts of [
    [],
    [[1, 2]],
    [
      [0, 2],
      [3, 4],
    ],
    [
      [0, 2],
      [0, 3],
    ],
    [[0, 0]],
    [[0, 'x']],
  ])
    expect(() => readManifest(Buffer.from(JSON.stringify({ parts })))).toThrow();
  expect(() => readManifest(Buffer.from('{"parts"'))).toThrow();
});
