import { type KeyObject, randomBytes } from 'node:crypto';
import { DidNotOpen, RequestRefused } from './errors.ts';
import { decryptGcm, encryptGcm, TAG_BYTES } from './gcm.ts';
import { encodeFields } from './seal.ts';

/** Bytes of each chunk of a file but the last, which has 1 to as many. */
export const CHUNK_BYTES = 64 * 1024;
const MAX_CHUNKS = 4;
const PREFIX_BYTES = 7;
const SEALED_BYTES = PREFIX_BYTES + CHUNK_BYTES + TAG_BYTES;
/** The bytes of as many sealed chunks as a request may have. */
export const MAX_SEALED_BYTES = MAX_CHUNKS * SEALED_BYTES;
/** The counter in the nonce has 32 bits; a file of 2^24 chunks has a terabyte. */
const MAX_INDEX = 2 ** 24;

/** Where the chunks are in the file: the number of the first, and whether the last of them is the last of the file. */
export type Place = { fileId: string; index: number; isLast: boolean };

/**
 * Seals consecutive chunks of a file, each as prefix (7 bytes) ‖ ciphertext ‖ tag (16 bytes), with the STREAM
 * construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance", CRYPTO 2015, §7) over AES-256-GCM: nonce = prefix ‖ counter (u32, big-endian) ‖ last (0 or 1), so
 * that no chunk opens at another place, and a truncated or longer file does not open at its end. The prefix is random
 * for each sealing, unlike in STREAM, and stored: a chunk that is sealed twice, because its first write was lost, never
 * repeats a nonce.
 * @throws RequestRefused INVALID_REQUEST for bytes that are no whole chunks
 */
export function sealChunks(key: KeyObject, place: Place, plain: Buffer): Buffer {
  const sealed = split(plain, CHUNK_BYTES, place, 1).flatMap((chunk, n, { length }) => {
    const prefix = randomBytes(PREFIX_BYTES);
    const nonce = nonceOf(prefix, place.index + n, place.isLast && n === length - 1);
    const { ciphertext, tag } = encryptGcm(key, nonce, boundTo(place), chunk);
    return [prefix, ciphertext, tag];
  });
  return Buffer.concat(sealed);
}

/**
 * Opens consecutive chunks. @throws DidNotOpen for every reason, without any plaintext; RequestRefused INVALID_REQUEST
 * for bytes that are no whole chunks
 */
export function openChunks(key: KeyObject, place: Place, sealed: Buffer): Buffer {
  const chunks = split(sealed, SEALED_BYTES, place, SEALED_BYTES - CHUNK_BYTES + 1);
  const opened: Buffer[] = [];
  try {
    for (const [n, chunk] of chunks.entries()) {
      const nonce = nonceOf(
        chunk.subarray(0, PREFIX_BYTES),
        place.index + n,
        place.isLast && n === chunks.length - 1,
      );
      const ciphertext = chunk.subarray(PREFIX_BYTES, chunk.length - TAG_BYTES);
      const tag = chunk.subarray(chunk.length - TAG_BYTES);
      opened.push(decryptGcm(key, { nonce, ciphertext, tag }, boundTo(place)));
    }
  } catch (error) {
    for (const bytes of opened) bytes.fill(0);
    if (error instanceof DidNotOpen) throw error;
    throw new DidNotOpen();
  }
  return Buffer.concat(opened);
}

/** Up to MAX_CHUNKS chunks of `size` bytes; only the last of the file may be shorter, down to `least`. */
function split(bytes: Buffer, size: number, { index, isLast }: Place, least: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += size) chunks.push(bytes.subarray(from, from + size));
  const end = chunks.at(-1)?.length ?? 0;
  const isWhole = end === size || (isLast && end >= least);
  if (!isWhole || chunks.length > MAX_CHUNKS || index + chunks.length > MAX_INDEX) {
    throw new RequestRefused('INVALID_REQUEST');
  }
  return chunks;
}

function nonceOf(prefix: Buffer, counter: number, isLast: boolean): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt32BE(counter);
  rest.writeUInt8(isLast ? 1 : 0, 4);
  return Buffer.concat([prefix, rest]);
}

function boundTo({ fileId }: Place): Buffer {
  return encodeFields(['bisik/file-chunk/1', fileId]);
}
