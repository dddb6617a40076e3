import { sealedOffset } from '../../cipher/cipher.ts';
import type { FileOfMessage } from '../../storage/lowdb/repair/integrity-scan-files.ts';
import type { AttachmentFiles, FileRef, UploadRow } from '../../storage/store.ts';
import { MAX_PART_BYTES } from '../../wire/attachments.ts';

/** `missing` files of messages are not there with their size. */
export type CopiedFiles = { copied: number; bytes: number; missing: number };

/** Files that are copied at once: most of the time of one is waiting for the other machine. */
const AT_ONCE = 8;
const PIECE_BYTES = sealedOffset(MAX_PART_BYTES);

/**
 * Copies the sealed files of messages and uploads from any place to any other, of which one is a bucket. A file that is
 * finished there with its size stays.
 * @throws ApiError STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function copyThrough(
  from: AttachmentFiles,
  to: AttachmentFiles,
  files: FileOfMessage[],
  uploads: UploadRow[],
): Promise<CopiedFiles> {
  const done: CopiedFiles = { copied: 0, bytes: 0, missing: 0 };
  const copy = async (ref: FileRef, size: number, isFinished: boolean) => {
    if ((await to.isFinished(ref)) && (await to.size(ref)) === size) return;
    for (let offset = 0; offset < size; offset += PIECE_BYTES) {
      const bytes = await from.read(ref, offset, Math.min(PIECE_BYTES, size - offset));
      if (!bytes) throw new Error('A file was removed while it was copied: nothing was kept. Do it again.');
      await to.write(ref, offset, bytes);
    }
    if (isFinished) await to.finish(ref);
    done.copied += 1;
    done.bytes += size;
  };
  await forEach(files, async ({ row, file }) => {
    const ref = { conversationId: row.conversationId, id: file.id };
    const isWhole = (await from.isFinished(ref)) && (await from.size(ref)) === sealedOffset(file.size);
    if (isWhole) await copy(ref, sealedOffset(file.size), true);
    else done.missing += 1;
  });
  await forEach(uploads, async (upload) => {
    const size = await from.size(upload);
    if (size > 0) await copy(upload, size, await from.isFinished(upload));
  });
  return done;
}

/** Runs `work` for each, a few at once; after an error no further one begins. */
async function forEach<T>(all: T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  let isOver = false;
  const worker = async () => {
    for (const one of left) {
      if (isOver) return;
      await work(one);
    }
  };
  const workers = Array.from({ length: AT_ONCE }, () =>
    worker().catch((error) => {
      isOver = true;
      throw error;
    }),
  );
  const ended = await Promise.allSettled(workers);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
