import { fileBinding } from '../cipher/binding.ts';
import { type Cipher, type FileChunks, SEALED_EXTRA_BYTES, sealedOffset } from '../cipher/cipher.ts';
import type { AttachmentFiles, FileRef, OpenUpload } from '../storage/store.ts';
import { CHUNK_BYTES } from '../wire/attachments.ts';

export const SEALED_CHUNK_BYTES = CHUNK_BYTES + SEALED_EXTRA_BYTES;
/** As many chunks as one write has: after a power cut, those of the last write may be wrong. */
const VERIFIED_CHUNKS = 4;

/** Consecutive chunks of an upload from `offset` to `end`. */
export function chunksOf(row: OpenUpload, offset: number, end: number): FileChunks {
  const { id, conversationId, userId: senderId, key, size } = row;
  const binding = fileBinding({ id, conversationId, senderId });
  return { key, binding, index: offset / CHUNK_BYTES, isLast: end === size };
}

/**
 * How many bytes of an upload are stored for certain: whole chunks only, and of the last ones those that open.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function verifiedOffset(
  { files, cipher }: { files: AttachmentFiles; cipher: Cipher },
  row: OpenUpload,
): Promise<number> {
  if (await files.isFinished(row)) return row.size;
  const stored = Math.min(await files.size(row), sealedOffset(row.size));
  const isWhole = stored === sealedOffset(row.size);
  const chunks = isWhole ? Math.ceil(row.size / CHUNK_BYTES) : Math.floor(stored / SEALED_CHUNK_BYTES);
  for (let index = Math.max(0, chunks - VERIFIED_CHUNKS); index < chunks; index += 1) {
    const [from, end] = [index * CHUNK_BYTES, Math.min((index + 1) * CHUNK_BYTES, row.size)];
    const sealed = await readChunk(files, row, sealedOffset(from), sealedOffset(end));
    const opened = sealed && (await cipher.openChunks(chunksOf(row, from, end), sealed));
    if (opened === undefined) return from;
    opened.fill(0);
  }
  return Math.min(chunks * CHUNK_BYTES, row.size);
}

async function readChunk(
  files: AttachmentFiles,
  ref: FileRef,
  from: number,
  end: number,
): Promise<Buffer | undefined> {
  const bytes = await files.read(ref, from, end - from);
  return bytes?.length === end - from ? bytes : undefined;
}
