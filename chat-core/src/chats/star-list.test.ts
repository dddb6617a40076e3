import fc from 'fast-check';
import { expect, it } from 'vitest';
import { starList, starRefs } from './star-list.ts';

const ref = fc.record({
  conversationId: fc.constantFrom('a', 'b', 'c'),
  seq: fc.integer({ min: 1, max: 9 }),
});

it('a list of stars gives back the same messages in the same order, and no two neighbours of one conversation', () => {
  fc.assert(
    fc.property(fc.array(ref), (refs) => {
      const list = starList(refs);
      expect(starRefs(list)).toEqual(refs);
      for (const [n, one] of list.entries()) expect(one.conversationId).not.toBe(list[n + 1]?.conversationId);
    }),
  );
});
