import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../chat-core/src/wire/wire.ts';
import { asOf, expiryOf } from './expiry.ts';

const message: Message = {
  ...{ id: 'm', conversationId: 'c', seq: 1, senderId: 'a', receiverId: 'b' },
  ...{ content: 'rahasia', timestamp: 1_000, rev: 1, mentions: ['b'], replyTo: 1 },
};
const DAY = 86_400_000;

test('a message expires at its own time or with the retention of the box, whichever is sooner, and system rows never', () => {
  expect(expiryOf(message)).toBe(Number.POSITIVE_INFINITY);
  expect(expiryOf({ ...message, expiresAt: 5_000 })).toBe(5_000);
  expect(expiryOf(message, 7)).toBe(1_000 + 7 * DAY);
  expect(expiryOf({ ...message, expiresAt: 5_000 }, 7)).toBe(5_000);
  expect(expiryOf({ ...message, event: { type: 'expiry', after: 0 } }, 7)).toBe(Number.POSITIVE_INFINITY);
});

test('an imported message does not expire by the date of the other app', () => {
  const imported = { source: 'whatsapp', name: 'Bu Sari' } as const;
  expect(expiryOf({ ...message, imported }, 7)).toBe(Number.POSITIVE_INFINITY);
  expect(expiryOf({ ...message, imported, expiresAt: 5_000 }, 7)).toBe(5_000);
});

test('a copy of an expired message has nothing of its content, before its time it is the message, and it stays expired', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), (expiresAt, at, later) => {
      const held = { ...message, expiresAt };
      const copy = asOf(held, at);
      if (at < expiresAt) {
        expect(copy).toBe(held);
        return;
      }
      expect(JSON.stringify(copy)).not.toMatch(/rahasia|mentions|replyTo/);
      expect(copy.expired).toBe(true);
      expect(asOf(copy, at + later)).toBe(copy);
    }),
  );
});
