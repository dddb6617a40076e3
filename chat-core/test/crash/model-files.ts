import { ApiError } from '../../src/errors.ts';
import {
  type FileRef,
  fileKey,
  type OpenUpload,
  type Store,
  type StoredAttachment,
  type StoredMessage,
  type UploadRow,
} from '../../src/storage/store.ts';
import type { Id } from '../../src/wire/wire.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** Begins an upload, gives one up, or forgets one whose bytes are removed. */
export type FilePart =
  | { kind: 'upload'; id: Id; conversationId: Id; userId: Id; size: number; at: number }
  | { kind: 'discard'; id: Id; conversationId: Id }
  | { kind: 'removed'; id: Id; conversationId: Id };

/** What callers were promised of the bytes of a file: so many are durable, or it is finished. */
export type PromisedBytes = { bytes: number; isFinished: boolean };

export const FILE_SIZES = [300, 700, 1500];
/** No multiple of a sector, so that parts share sectors. */
export const PART_BYTES = 600;

export function newAttachment(id: Id, size: number): StoredAttachment {
  const sealed = (content: string) => ({ v: 1 as const, kid: 'k1', content });
  return { id, size, key: sealed(`key of ${id}`), metadata: sealed(`name of ${id}`) };
}

/** The row that a part puts. */
export function uploadRow(part: FilePart): UploadRow {
  const { id, conversationId } = part;
  if (part.kind === 'discard') return { state: 'discarded', id, conversationId };
  if (part.kind === 'removed') return { state: 'removed', id, conversationId };
  const { userId, size, at: createdAt } = part;
  return { ...newAttachment(id, size), state: 'open', conversationId, userId, createdAt };
}

/** The bytes of a file, different at each place. */
export function bytesOf(id: Id, size: number): Buffer {
  const line = (n: number) => `${id} ${n} `.padEnd(20, '.');
  return Buffer.from(Array.from({ length: Math.ceil(size / 20) }, (_, n) => line(n)).join('')).subarray(
    0,
    size,
  );
}

export function describeAttachments({ attachments }: StoredMessage): unknown {
  return attachments?.map(({ id, size, key, metadata }) => [id, size, key.content, metadata.content]) ?? null;
}

/** Uploads as text, in a fixed order. */
export function describeUploads(rows: UploadRow[]): string {
  const fields = (row: UploadRow) => [
    fileKey(row),
    row.state,
    ...(row.state === 'open'
      ? [row.userId, row.size, row.createdAt, row.key.content, row.metadata.content]
      : []),
  ];
  return JSON.stringify(rows.map(fields).sort(([a], [b]) => (`${a}` < `${b}` ? -1 : 1)));
}

/**
 * Uploads the next part of a file like a client that repeats what was not stored, and finishes it when it is whole.
 * `verified` is how far it is known to be right in this life of the store, undefined before its first use.
 */
export async function growFile(
  { files }: Store,
  upload: OpenUpload,
  verified: number | undefined,
  onBytes: (promised: PromisedBytes) => void,
): Promise<void> {
  const whole = bytesOf(upload.id, upload.size);
  const size = await files.size(upload);
  let offset = verified ?? goodBytes((await files.read(upload, 0, size)) ?? Buffer.alloc(0), whole);
  if (verified !== undefined && size !== verified)
    throw new Error(`${upload.id} has ${size} bytes, of which ${verified} were written`);
  if (offset < whole.length) {
    const part = whole.subarray(offset, offset + PART_BYTES);
    await files.write(upload, offset, part);
    offset += part.length;
    onBytes({ bytes: offset, isFinished: false });
  }
  if (offset === whole.length) {
    await files.finish(upload);
    onBytes({ bytes: offset, isFinished: true });
  }
}

/** Where the good parts of a file end. */
function goodBytes(found: Buffer, whole: Buffer): number {
  let offset = 0;
  while (offset < whole.length) {
    const end = Math.min(whole.length, offset + PART_BYTES);
    if (!found.subarray(offset, end).equals(whole.subarray(offset, end))) break;
    offset = end;
  }
  return offset;
}

/** Whether an error is a refusal because of the disk. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && ['DISK_FULL', 'STORAGE_UNAVAILABLE'].includes(error.code);
}

/** The rows that name files. */
export type FileRows = { uploads: UploadRow[]; attachments: (FileRef & { size: number })[] };

/**
 * Checks the bytes of all files that rows name: a claimed one is whole, of an open one all that was promised is there, and
 * what shows as finished is whole. @throws Error
 */
export async function checkFiles(
  { files }: Store,
  { uploads, attachments }: FileRows,
  promised: ReadonlyMap<string, PromisedBytes>,
): Promise<void> {
  const open = uploads.filter((row) => row.state === 'open');
  for (const { conversationId, id, size } of [...attachments, ...open]) {
    const ref = { conversationId, id };
    const isClaimed = attachments.some((one) => fileKey(one) === fileKey(ref));
    const { bytes = 0, isFinished = false } = promised.get(fileKey(ref)) ?? {};
    const whole = bytesOf(id, size);
    const found = await files.read(ref, 0, size + 1);
    const shown = await files.isFinished(ref);
    if ((isClaimed || isFinished) && !shown) throw new Error(`file ${id} was finished and is not now`);
    if (shown && !found?.equals(whole)) throw new Error(`file ${id} shows as finished and is not whole`);
    if (bytes > 0 && !found?.subarray(0, bytes).equals(whole.subarray(0, bytes)))
      throw new Error(`of file ${id} ${bytes} bytes were stored, ${found?.length ?? 0} are there`);
  }
}

/** Removes discarded files like the sweep of the core, and checks that then every file has a row. @throws Error */
export async function sweepAll(
  store: Store & { checkpoint(): Promise<void> },
  disk: SimulatedDisk,
  attachments: FileRef[],
): Promise<void> {
  for (const { id, conversationId } of store.uploads().filter(({ state }) => state === 'discarded')) {
    await store.files.remove({ id, conversationId });
    await store.transact((tx) => tx.saveUpload({ state: 'removed', id, conversationId }));
  }
  // It erases what is left of deleted groups.
  await store.checkpoint();
  const named = new Set(
    [...store.uploads(), ...attachments].map(({ conversationId, id }) => `${conversationId}/${id}`),
  );
  const orphans = disk
    .pathsBelow('data/attachments/')
    .filter((path) => !named.has(path.replace(/\.part$/, '')));
  if (orphans.length > 0) throw new Error(`files without a row after the sweep: ${orphans}`);
}
