import { DidNotOpen } from './errors.ts';
import { type Boxed, NONCE_BYTES, TAG_BYTES } from './gcm.ts';

/** A text has at most this many bytes of UTF-8. */
export const TEXT_BYTES = 16 * 1024;
const MAX_BYTES = NONCE_BYTES + TEXT_BYTES + TAG_BYTES;
const MAX_CHARACTERS = 4 * Math.ceil(MAX_BYTES / 3);

/** base64(nonce ‖ ciphertext ‖ tag), the `content` of a stored message. */
export function printEnvelope({ nonce, ciphertext, tag }: Boxed): string {
  return Buffer.concat([nonce, ciphertext, tag]).toString('base64');
}

/**
 * The parts of a `content`. Only the one canonical spelling (RFC 4648 §3.5, §4) is read: Node's decoder drops junk and
 * ignores stray bits, so that one ciphertext would have many spellings.
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
