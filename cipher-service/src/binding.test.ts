import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oracleAad } from '../test/support/oracle.ts';
import { BINDING } from '../test/support/rings.ts';
import { additionalData } from './seal.ts';

const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const count = fc.nat();
const binding = fc.record({ messageId: id, conversationId: id, senderId: id, timestamp: count, edit: count });

test('the additional data of a message has the bytes that the design specifies', () => {
  fc.assert(
    fc.property(id, binding, (kid, of) => {
      expect(additionalData(kid, of).equals(oracleAad(kid, of))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

const profile = fc.record({ userId: id, field: id, edit: count });

test('the additional data of a profile has the bytes that the design specifies', () => {
  fc.assert(
    fc.property(id, profile, (kid, of) => {
      expect(additionalData(kid, of).equals(oracleAad(kid, of))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('fields of every length, in ASCII or not, are encoded as the design specifies', () => {
  for (const unit of ['a', '\0', '\x7f', '\x80', 'é', '界'])
    for (const length of [1, 2, 42, 43, 63, 64, 126, 127, 128]) {
      const of = { ...BINDING, messageId: unit.repeat(length), senderId: `x${unit}` };
      expect(additionalData('k', of).equals(oracleAad('k', of)), `${unit} × ${length}`).toBe(true);
    }
});

test('the additional data of a profile and of a message are never equal', () => {
  fc.assert(
    fc.property(id, binding, profile, (kid, message, person) => {
      expect(additionalData(kid, message).equals(additionalData(kid, person))).toBe(false);
    }),
  );
});

test('moving a character from one field to the next changes the additional data', () => {
  const glued = { ...BINDING, messageId: 'ab', conversationId: 'c' };
  const moved = { ...BINDING, messageId: 'a', conversationId: 'bc' };
  expect(glued.messageId + glued.conversationId).toBe(moved.messageId + moved.conversationId);
  expect(additionalData('k', glued).equals(additionalData('k', moved))).toBe(false);
  expect(
    additionalData('k', { ...BINDING, timestamp: 1, edit: 23 }).equals(
      additionalData('k', { ...BINDING, timestamp: 12, edit: 3 }),
    ),
  ).toBe(false);
});
