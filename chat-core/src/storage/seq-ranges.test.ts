import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasSeq, newestOutside, type SeqRanges, withSeq } from './seq-ranges.ts';

it('ranges contain the seqs that were added to them in any order, in as few ranges as possible', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (seqs) => {
      const ranges = seqs.reduce<SeqRanges>((all, seq) => withSeq(all, seq), []);
      const outside = (seq: number): number => (seqs.includes(seq) ? outside(seq - 1) : seq);
      for (let seq = 1; seq <= 42; seq++) {
        expect(hasSeq(ranges, seq)).toBe(seqs.includes(seq));
        expect(newestOutside(ranges, seq)).toBe(outside(seq));
      }
      const starts = new Set(seqs.filter((seq) => !seqs.includes(seq - 1)));
      expect(ranges).toHaveLength(starts.size);
    }),
  );
});
