import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oracleAad } from '../test/support/oracle.ts';
import { BINDING } from '../test/support/rings.ts';
import { additionalData } from './seal.ts';

const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const count = fc.nat();
const binding = fc.record({ messageId: id, conversationId: id, senderId: id, timestamp: count, edit: count });

test('the additional data is what the design says, byte for byte', () => {
  fc.assert(
    fc.property(id, binding, (kid, of) => {
      expect(additionalData(kid, of).equals(oracleAad(kid, of))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

const profile = fc.record({ userId: id, field: id, edit: count });

test('that of a profile is what the design says as well', () => {
  fc.assert(
    fc.property(id, profile, (kid, of) => {
      expect(additionalData(kid, of).equals(oracleAad(kid, of))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('no profile shares its additional data with a message, whatever their fields', () => {
  fc.assert(
    fc.property(id, binding, profile, (kid, message, person) => {
      expect(additionalData(kid, message).equals(additionalData(kid, person))).toBe(false);
    }),
  );
});

test('moving a character over the border of two fields changes the additional data', () => {
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
