import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../../chat-core/src/wire/wire.ts';
import { hasReacted, withOwnReaction } from './react.ts';

const message: Message = {
  id: 'm1',
  conversationId: 'c1',
  seq: 1,
  senderId: 'ani',
  content: 'halo',
  timestamp: 1,
  rev: 1,
  reactions: [{ emoji: '👍', count: 2 }],
};

test('an own reaction is added to the count of others, and its removal leaves theirs', () => {
  const added = withOwnReaction(message, '👍', true);
  expect(added.reactions).toEqual([{ emoji: '👍', count: 3, mine: true }]);
  expect(withOwnReaction(added, '👍', false)).toEqual(message);
  const other = withOwnReaction(message, '❤️', true);
  expect(other.reactions?.at(-1)).toEqual({ emoji: '❤️', count: 1, mine: true });
  expect(withOwnReaction(other, '❤️', false)).toEqual(message);
});

test('a reaction and its undoing give the same message, and a repeat changes nothing', () => {
  const emoji = fc.constantFrom('👍', '❤️', '😂');
  const reaction = fc.record({ count: fc.integer({ min: 1, max: 9 }), isMine: fc.boolean() });
  fc.assert(
    fc.property(emoji, fc.dictionary(emoji, reaction), (pressed, held) => {
      const reactions = Object.entries(held).map(([one, { count, isMine }]) => ({
        emoji: one,
        count,
        ...(isMine && { mine: true as const }),
      }));
      const { reactions: _, ...bare } = message;
      const before = { ...bare, ...(reactions.length > 0 && { reactions }) };
      const isOn = !hasReacted(before, pressed);
      const after = withOwnReaction(before, pressed, isOn);
      expect(hasReacted(after, pressed)).toBe(isOn);
      expect(withOwnReaction(after, pressed, isOn)).toEqual(after);
      const undone = withOwnReaction(after, pressed, !isOn);
      expect(new Set(undone.reactions)).toEqual(new Set(before.reactions));
    }),
  );
});
