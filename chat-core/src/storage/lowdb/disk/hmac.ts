import { createHmac, hash, type KeyObject } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Longer content is hashed as a stream. */
const SMALL_BYTES = 8 * 1024;

/**
 * HMAC-SHA-256 (RFC 2104 §2) with one key over a prefix in ASCII and a content. `createHmac` makes a stream for each code,
 * at 7 µs a line of the journal the larger part of what authentication costs a send; two hashes of one buffer take half.
 * @param key 64 bytes at most
 */
export function createHmacSha256(key: KeyObject): (prefix: string, content: Uint8Array) => Buffer {
  const raw = key.export();
  if (raw.length > BLOCK_BYTES) throw new Error('a longer key would have to be hashed first');
  const inner = Buffer.alloc(BLOCK_BYTES + SMALL_BYTES, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c);
  for (const [index, byte] of raw.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return (prefix, content) => {
    if (prefix.length + content.length > SMALL_BYTES) {
      return createHmac('sha256', key).update(prefix).update(content).digest();
    }
    const start = BLOCK_BYTES + inner.write(prefix, BLOCK_BYTES, 'latin1');
    inner.set(content, start);
    outer.write(hash('sha256', inner.subarray(0, start + content.length), 'hex'), BLOCK_BYTES, 'hex');
    return Buffer.from(hash('sha256', outer, 'hex'), 'hex');
  };
}
