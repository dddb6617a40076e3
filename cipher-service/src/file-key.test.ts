import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { oracleDecrypt, oracleFields, oracleKey } from '../test/support/oracle.ts';
import { newKey, ringOf } from '../test/support/rings.ts';
import { DidNotOpen } from './errors.ts';
import { newFileKey, openFileKey } from './file-key.ts';
import type { FileBinding } from './wire.ts';

const [first, second] = [newKey(), newKey()];
const ring = ringOf(first);
const binding: FileBinding = { fileId: randomUUID(), conversationId: randomUUID(), senderId: randomUUID() };

it('the key of a file opens with its binding, and with the newest key after a rotation', () => {
  const sealed = newFileKey(ring, binding);
  const bytes = openFileKey(ring, sealed, binding).export();
  expect(bytes.length).toBe(32);
  expect(openFileKey(ringOf(first, second), sealed, binding).export().equals(bytes)).toBe(true);
});

it('each file has another key, and no wrapping repeats', () => {
  const sealed = Array.from({ length: 200 }, () => newFileKey(ring, binding));
  const keys = sealed.map((one) => openFileKey(ring, one, binding).export().toString('hex'));
  expect(new Set(keys).size).toBe(200);
  expect(new Set(sealed.map(({ content }) => content.slice(0, 16))).size).toBe(200);
});

it('the key of a file does not open for another file, conversation, sender, key id, version or keyring', () => {
  const sealed = newFileKey(ring, binding);
  const both = ringOf(first, second);
  const other = newFileKey(both, binding);
  const kids = [sealed.kid, other.kid].toSorted();
  expect(new Set(kids).size).toBe(2);
  const wrong = [
    () => openFileKey(ring, sealed, { ...binding, fileId: randomUUID() }),
    () => openFileKey(ring, sealed, { ...binding, conversationId: randomUUID() }),
    () => openFileKey(ring, sealed, { ...binding, senderId: randomUUID() }),
    () => openFileKey(both, { ...sealed, kid: other.kid }, binding),
    () => openFileKey(ring, { ...sealed, kid: 'unknown' }, binding),
    () => openFileKey(ring, { ...sealed, v: 2 as 1 }, binding),
    () => openFileKey(ringOf(newKey()), sealed, binding),
    () => openFileKey(ring, { ...sealed, content: `${sealed.content} ` }, binding),
    () => openFileKey(ring, { ...sealed, content: '' }, binding),
    () => openFileKey(ring, { ...sealed, content: Buffer.alloc(60).toString('base64') }, binding),
  ];
  for (const open of wrong) expect(open).toThrow(DidNotOpen);
});

it('a second implementation finds the same key', () => {
  const { kid, content } = newFileKey(ring, binding);
  const wrapping = oracleKey(Buffer.from(first.key, 'base64'), kid, binding.conversationId);
  const { fileId, conversationId, senderId } = binding;
  const aad = oracleFields(['bisik/file-key/1', kid, fileId, conversationId, senderId]);
  const opened = oracleDecrypt(wrapping, Buffer.from(content, 'base64'), aad);
  expect(opened?.equals(openFileKey(ring, { v: 1, kid, content }, binding).export())).toBe(true);
});
