import { chunksOf } from '../attachments/chunks.ts';
import { fileBinding } from '../cipher/binding.ts';
import { type Cipher, sealedOffset } from '../cipher/cipher.ts';
import type { AttachmentFiles, OpenUpload, StoredAttachment } from '../storage/store.ts';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../wire/attachments.ts';
import type { Id } from '../wire/wire.ts';

/** A file whose bytes are sealed, with what they are bound to. */
export type SealedFile = Pick<StoredAttachment, 'id' | 'size' | 'key'> & { conversationId: Id; senderId: Id };
/** Reads sealed bytes; fewer or undefined where they are not there. */
export type ReadSealed = (offset: number, length: number) => Promise<Buffer | undefined>;

/** The bytes of a file do not open, or are not all there. */
export class FileNotWhole extends Error {}

/** The sealed bytes of a file, a part at a time. @throws FileNotWhole */
export async function* sealedParts(size: number, read: ReadSealed): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < size; offset += MAX_PART_BYTES) {
    const from = sealedOffset(offset);
    const length = sealedOffset(Math.min(size, offset + MAX_PART_BYTES)) - from;
    const sealed = await read(from, length);
    if (sealed?.length !== length) throw new FileNotWhole();
    yield sealed;
  }
}

/** The opened bytes of a file, a part at a time. @throws FileNotWhole, ApiError CIPHER_UNAVAILABLE */
export async function* openedParts(
  cipher: Cipher,
  file: SealedFile,
  read: ReadSealed,
): AsyncGenerator<Buffer> {
  const { key, size } = file;
  const binding = fileBinding(file);
  let offset = 0;
  for await (const sealed of sealedParts(size, read)) {
    const isLast = offset + MAX_PART_BYTES >= size;
    const opened = await cipher.openChunks({ key, binding, index: offset / CHUNK_BYTES, isLast }, sealed);
    if (!opened) throw new FileNotWhole();
    offset += MAX_PART_BYTES;
    yield opened;
  }
}

/**
 * Seals and stores the bytes of an upload, which come in pieces of any size.
 * @throws FileNotWhole when they are not as many as the upload has; ApiError CIPHER_UNAVAILABLE, DISK_FULL, STORAGE_UNAVAILABLE
 */
export async function storeBytes(
  { files, cipher }: { files: AttachmentFiles; cipher: Cipher },
  upload: OpenUpload,
  pieces: AsyncIterable<Buffer>,
): Promise<void> {
  const { size } = upload;
  let offset = 0;
  for await (const part of partsOf(pieces)) {
    const end = offset + part.length;
    if (end > size || (part.length < MAX_PART_BYTES && end < size)) throw new FileNotWhole();
    const sealed = await cipher.sealChunks(chunksOf(upload, offset, end), [part]);
    await files.write(upload, sealedOffset(offset), sealed);
    offset = end;
  }
  if (offset !== size) throw new FileNotWhole();
  await files.finish(upload);
}

/** The same bytes in pieces of MAX_PART_BYTES, the last of which may be shorter. */
async function* partsOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (; rest.length >= MAX_PART_BYTES; rest = rest.subarray(MAX_PART_BYTES))
      yield rest.subarray(0, MAX_PART_BYTES);
  }
  if (rest.length > 0) yield rest;
}
