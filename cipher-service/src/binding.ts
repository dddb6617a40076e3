import type { Context } from './wire.ts';

/**
 * The additional data of AES-GCM: purpose, kid and every field of the binding, each as its length (u32, big-endian)
 * and its UTF-8 bytes, so that no two bindings give the same bytes (JSON would not promise that).
 * Strings must be well-formed: a lone surrogate would become U+FFFD and meet another id.
 */
export function additionalData(kid: string, context: Context): Buffer {
  const [purpose, ...fields] = fieldsOf(context);
  return Buffer.concat([purpose, kid, ...fields].flatMap(prefixed));
}

/** The purpose label, then what is bound: a profile never opens as a message, nor a message as a profile. */
function fieldsOf(context: Context): [string, ...string[]] {
  if ('userId' in context) {
    const { userId, field, edit } = context;
    return ['bisik/profile/1', userId, field, String(edit)];
  }
  const { messageId, conversationId, senderId, timestamp, edit } = context;
  return ['bisik/message/1', messageId, conversationId, senderId, String(timestamp), String(edit)];
}

function prefixed(field: string): [Buffer, Buffer] {
  const bytes = Buffer.from(field, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}
