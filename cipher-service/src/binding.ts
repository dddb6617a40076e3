import type { Binding } from './wire.ts';

const PURPOSE = 'bisik/message/1';

/**
 * The additional data of AES-GCM: purpose, kid and every field of the binding, each as its length (u32, big-endian)
 * and its UTF-8 bytes, so that no two bindings give the same bytes (JSON would not promise that).
 * Strings must be well-formed: a lone surrogate would become U+FFFD and meet another id.
 */
export function additionalData(kid: string, binding: Binding): Buffer {
  const { messageId, conversationId, senderId, timestamp, edit } = binding;
  const fields = [PURPOSE, kid, messageId, conversationId, senderId, String(timestamp), String(edit)];
  return Buffer.concat(fields.flatMap(prefixed));
}

function prefixed(field: string): [Buffer, Buffer] {
  const bytes = Buffer.from(field, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}
