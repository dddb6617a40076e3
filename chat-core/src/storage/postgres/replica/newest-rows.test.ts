import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StoredMessage } from '../../store.ts';
import { NewestRows } from './newest-rows.ts';

const message = (conversationId: string, seq: number, rev: number, content: string): StoredMessage => ({
  id: `${conversationId} ${seq}`,
  conversationId,
  seq,
  senderId: 'ani',
  content,
  timestamp: 1,
  v: 1,
  kid: 'k1',
  rev,
});

const steps = fc.array(
  fc.record({
    conversationId: fc.constantFrom('a', 'b', 'c'),
    kind: fc.constantFrom('send', 'send', 'send', 'edit', 'drop'),
    isOwn: fc.boolean(),
    seq: fc.nat(60),
    length: fc.nat(3000),
  }),
  { maxLength: 120 },
);

it('what is in memory is what was committed last, whichever core committed it, and however little fits', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(2000, 20_000, 10 ** 9), (all, maxBytes) => {
      const newest = new NewestRows(maxBytes);
      const stored = new Map<string, StoredMessage[]>();
      for (const [index, { conversationId, kind, isOwn, seq, length }] of all.entries()) {
        const rows = stored.get(conversationId) ?? [];
        stored.set(conversationId, rows);
        const place = kind === 'send' ? rows.length + 1 : Math.min(seq, rows.length);
        const known = rows[place - 1];
        const row = message(conversationId, place, known?.rev ?? index + 1, `${index} ${'x'.repeat(length)}`);
        if (kind === 'drop') newest.drop(conversationId);
        else if (place >= 1) {
          rows[place - 1] = row;
          if (kind === 'send') newest.add(row);
          else newest.change(row);
          if (isOwn) newest.put(row);
        }
        for (const [id, expected] of stored) {
          for (let from = 1; from <= expected.length; from += 5) {
            const found = newest.between(id, from, expected.length);
            if (found) expect(found).toEqual(expected.slice(from - 1));
          }
          const first = newest.firstAfter(id, index - 3);
          const later = expected.find(({ rev }) => rev > index - 3);
          if (first !== undefined) expect(first).toBe(later?.seq ?? expected.length + 1);
        }
      }
    }),
  );
});

it('the newest messages of this core are in memory, up to a number and a size', () => {
  const newest = new NewestRows(40_000);
  const add = (row: StoredMessage) => {
    newest.add(row);
    newest.put(row);
  };
  for (let seq = 1; seq <= 100; seq++) add(message('a', seq, seq, 'x'));
  expect(newest.between('a', 69, 100)?.length).toBe(32);
  expect(newest.between('a', 68, 100)).toBeUndefined();
  expect(newest.between('a', 69, 101)).toBeUndefined();
  expect(newest.firstAfter('a', 90)).toBe(91);
  expect(newest.firstAfter('a', 60)).toBeUndefined();
  add(message('b', 1, 101, 'x'.repeat(39_000)));
  expect(newest.between('a', 100, 100)).toBeUndefined();
  expect(newest.between('b', 1, 1)?.length).toBe(1);
  expect(newest.firstAfter('b', 0)).toBe(1);
  add(message('c', 1, 102, 'x'.repeat(50_000)));
  expect(newest.between('c', 1, 1)).toBeUndefined();
});
