import { SEALED_CHUNK_BYTES } from '../attachments/chunks.ts';
import { openMetadata } from '../attachments/opened-metadata.ts';
import { fileBinding } from '../cipher/binding.ts';
import { type Cipher, sealedOffset } from '../cipher/cipher.ts';
import type { Fault } from '../storage/lowdb/repair/integrity-scan.ts';
import type { FileOfMessage } from '../storage/lowdb/repair/integrity-scan-files.ts';
import type { AttachmentFiles, OpenUpload, UploadRow } from '../storage/store.ts';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../wire/attachments.ts';
import { LOCKED_KIDS } from './sample-check.ts';

/** As many as one write has: after a power cut, those of the last write of an upload may be wrong. */
const UNCERTAIN_CHUNKS = MAX_PART_BYTES / CHUNK_BYTES;

type Files = Pick<AttachmentFiles, 'read' | 'size' | 'isFinished'>;
type Chunks = Pick<OpenUpload, 'id' | 'conversationId' | 'key' | 'size'> & {
  senderId: string;
  /** Chunks that are there. */
  count: number;
};

/**
 * Opens chunks of `size` files of messages, chosen at random: the first, the last and one more of each, or every chunk;
 * those that do not open are faults. @returns them and the number of files
 */
export async function openFileSample(
  files: Files,
  cipher: Cipher,
  all: FileOfMessage[],
  { size, everyChunk }: { size: number; everyChunk: boolean },
): Promise<{ opened: number; faults: Fault[] }> {
  const faults: Fault[] = [];
  const chosen = all.filter(({ file }) => !LOCKED_KIDS.includes(file.key.kid));
  let [left, wanted, opened] = [chosen.length, size, 0];
  for (const { row, file } of chosen) {
    if (Math.random() * left-- >= wanted) continue;
    wanted -= 1;
    const { conversationId, senderId } = row;
    const count = Math.ceil(file.size / CHUNK_BYTES);
    const broken = await brokenChunks(
      files,
      cipher,
      { ...file, conversationId, senderId, count },
      everyChunk,
    );
    if (broken.length === 0) opened += 1;
    else faults.push(faultOf(conversationId, file.id, broken, `a file of message ${row.seq}`));
  }
  return { opened, faults };
}

/** Opens the names of all open uploads and chunks of those that are stored for certain; uploads that do not open are faults. */
export async function openUploads(
  files: Files,
  cipher: Cipher,
  uploads: UploadRow[],
  everyChunk: boolean,
): Promise<{ opened: number; faults: Fault[] }> {
  const faults: Fault[] = [];
  let opened = 0;
  for (const row of uploads.filter((one) => one.state === 'open')) {
    const { id, conversationId, userId: senderId, size } = row;
    const names = await openMetadata(cipher, [{ conversationId, senderId, attachments: [row] }]);
    if (!names.get(row)) {
      faults.push({ path: 'uploads', offset: 0, what: `the name of upload ${id} does not open` });
      continue;
    }
    const stored = Math.floor(Math.min(await files.size(row), sealedOffset(size)) / SEALED_CHUNK_BYTES);
    const count = (await files.isFinished(row))
      ? Math.ceil(size / CHUNK_BYTES)
      : Math.max(0, stored - UNCERTAIN_CHUNKS);
    const broken = await brokenChunks(files, cipher, { ...row, senderId, count }, everyChunk);
    if (broken.length === 0) opened += 1;
    else faults.push(faultOf(conversationId, id, broken, 'an open upload'));
  }
  return { opened, faults };
}

function faultOf(conversationId: string, id: string, broken: number[], of: string): Fault {
  const what = `${broken.length} pieces of ${of} do not open, the first is number ${broken[0]}`;
  return { path: `attachments/${conversationId}/${id}`, offset: 0, what };
}

/** The numbers of the chunks that do not open: of all, or of the first, the last and one more. */
async function brokenChunks(
  files: Files,
  cipher: Cipher,
  { id, conversationId, senderId, key, size, count }: Chunks,
  everyChunk: boolean,
): Promise<number[]> {
  const last = Math.ceil(size / CHUNK_BYTES) - 1;
  const all = Array.from({ length: count }, (_, index) => index);
  const few = new Set([0, Math.floor(Math.random() * count), count - 1]);
  const broken: number[] = [];
  for (const index of everyChunk ? all : all.filter((one) => few.has(one))) {
    const from = sealedOffset(index * CHUNK_BYTES);
    const to = sealedOffset(Math.min(size, (index + 1) * CHUNK_BYTES));
    const sealed = await files.read({ conversationId, id }, from, to - from);
    const binding = fileBinding({ id, conversationId, senderId });
    const plain =
      sealed && (await cipher.openChunks({ key, binding, index, isLast: index === last }, sealed));
    plain?.fill(0);
    if (!plain) broken.push(index);
  }
  return broken;
}
