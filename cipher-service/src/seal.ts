import { type KeyObject, randomBytes } from 'node:crypto';
import { DidNotOpen } from './errors.ts';
import { type Boxed, decryptGcm, encryptGcm, NONCE_BYTES, TAG_BYTES } from './gcm.ts';
import type { Keyring } from './keyring.ts';
import type { Context, Sealed } from './wire.ts';

/** Limit of a text, in bytes of UTF-8. */
export const TEXT_BYTES = 16 * 1024;
const MAX_BYTES = NONCE_BYTES + TEXT_BYTES + TAG_BYTES;
const MAX_CHARACTERS = 4 * Math.ceil(MAX_BYTES / 3);

/** ignoreBOM keeps a leading U+FEFF, which is part of the text. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Seals a well-formed text under the newest data key, bound to its context, with a random nonce.
 * A key per conversation, or per person, stays far below the 2^32 random nonces that SP 800-38D §8.3 allows one key.
 */
export function seal(keyring: Keyring, text: string, context: Context): Sealed {
  const kid = keyring.newest;
  const key = keyOf(keyring, kid, context);
  if (key === undefined) throw new Error('The keyring lacks its newest key.');
  const boxed = encryptGcm(
    key,
    randomBytes(NONCE_BYTES),
    additionalData(kid, context),
    Buffer.from(text, 'utf8'),
  );
  return { v: 1, kid, content: printEnvelope(boxed) };
}

/**
 * Opens a text that was sealed with exactly this context. Only the key that the kid names is tried.
 * @throws DidNotOpen for every reason
 */
export function open(
  keyring: Keyring,
  sealed: { v: number; kid: string; content: string },
  context: Context,
): string {
  const key = keyOf(keyring, sealed.kid, context);
  if (sealed.v !== 1 || key === undefined) throw new DidNotOpen();
  const plaintext = decryptGcm(key, parseEnvelope(sealed.content), additionalData(sealed.kid, context));
  try {
    return utf8.decode(plaintext);
  } catch {
    throw new DidNotOpen();
  }
}

function keyOf(keyring: Keyring, kid: string, context: Context): KeyObject | undefined {
  return 'userId' in context
    ? keyring.profileKeyFor(kid, context.userId)
    : keyring.keyFor(kid, context.conversationId);
}

/**
 * The additional data of AES-GCM: purpose, kid and every field of the binding, each as its length (u32, big-endian)
 * and its UTF-8 bytes, so that no two bindings give the same bytes (JSON does not guarantee that).
 * Strings must be well-formed: a lone surrogate would become U+FFFD, and two ids the same.
 */
export function additionalData(kid: string, context: Context): Buffer {
  return encodeFields(fieldsOf(kid, context));
}

/** Fields, the first of which is the purpose, as their lengths and bytes. */
export function encodeFields(fields: [string, ...string[]]): Buffer {
  let text = '';
  for (const field of fields) text += (SHORT_LENGTHS[field.length] ?? UNKNOWN_LENGTH) + field;
  const bytes = Buffer.from(text, 'utf8');
  // As many bytes as characters: all are ASCII, and each length is one of SHORT_LENGTHS.
  return bytes.length === text.length ? bytes : Buffer.concat(fields.flatMap(lengthPrefixed));
}

/** The lengths below 128 as four characters, each of which is one byte of UTF-8. */
const SHORT_LENGTHS = Array.from({ length: 128 }, (_, n) => `\0\0\0${String.fromCharCode(n)}`);
/** Not ASCII, so that fields with a greater length are encoded one by one. */
const UNKNOWN_LENGTH = '\u0080';

/** The purpose label, the kid and the bound fields. The label ensures that a profile or the metadata of a file never opens as a message, or the reverse. */
function fieldsOf(kid: string, context: Context): [string, ...string[]] {
  if ('userId' in context) {
    const { userId, field, edit } = context;
    return ['bisik/profile/1', kid, userId, field, String(edit)];
  }
  if ('fileId' in context) {
    const { fileId, conversationId, senderId } = context;
    return ['bisik/file-metadata/1', kid, fileId, conversationId, senderId];
  }
  const { messageId, conversationId, senderId, timestamp, edit } = context;
  return ['bisik/message/1', kid, messageId, conversationId, senderId, String(timestamp), String(edit)];
}

function lengthPrefixed(field: string): [Buffer, Buffer] {
  const bytes = Buffer.from(field, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

/** base64(nonce ‖ ciphertext ‖ tag), the `content` of a stored message. */
export function printEnvelope({ nonce, ciphertext, tag }: Boxed): string {
  return Buffer.concat([nonce, ciphertext, tag]).toString('base64');
}

/**
 * The parts of a `content`. Only canonical base64 (RFC 4648 §3.5, §4) is accepted: Node's decoder skips other characters
 * and ignores stray bits, so that one ciphertext would have many encodings.
 * @throws DidNotOpen when it is not canonical, too short or too long
 */
export function parseEnvelope(content: string): Boxed {
  if (content.length > MAX_CHARACTERS) throw new DidNotOpen();
  const bytes = Buffer.from(content, 'base64');
  if (bytes.toString('base64') !== content) throw new DidNotOpen();
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.length > MAX_BYTES) throw new DidNotOpen();
  return {
    nonce: bytes.subarray(0, NONCE_BYTES),
    ciphertext: bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES),
    tag: bytes.subarray(bytes.length - TAG_BYTES),
  };
}
