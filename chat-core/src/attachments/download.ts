import { LRUCache } from 'lru-cache';
import { fileBinding } from '../cipher/binding.ts';
import { type Cipher, SEALED_EXTRA_BYTES } from '../cipher/cipher.ts';
import { requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import { ByteAnswer } from '../http/byte-answer.ts';
import type { RateLimiter } from '../http/limiter.ts';
import type { PageBudgetOf } from '../http/load-shedding/read-slots.ts';
import type { ByteRange } from '../http/range.ts';
import { isDeleted } from '../messages/message.ts';
import { requireMessage } from '../messages/require-message.ts';
import type { PageBudget, Store, StoredAttachment, StoredMessage } from '../storage/store.ts';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../wire/attachments.ts';
import type { Id } from '../wire/wire.ts';
import { type InlineType, inlineType, SNIFFED_BYTES } from './content-type.ts';
import { contentDisposition } from './disposition.ts';
import type { AttachmentRef } from './file-address.ts';
import { openMetadata } from './opened-metadata.ts';
import type { Transfers } from './transfers.ts';

const SEALED_BYTES = CHUNK_BYTES + SEALED_EXTRA_BYTES;
/** Types by file: a player asks for many ranges of a file, and each would open its first chunk again. */
const MAX_TYPES = 1000;

/** `isCrossOrigin`: pages of other origins use this box. */
export type DownloadDeps = {
  store: Store;
  cipher: Cipher;
  transfers: Transfers;
  isCrossOrigin: boolean;
  pageBudgetOf: PageBudgetOf;
  limits: Pick<RateLimiter, 'check' | 'count'>;
};
type FileOfMessage = { row: StoredMessage; file: StoredAttachment };

/** Answers with the bytes of files of messages. */
export class Downloads {
  private readonly deps: DownloadDeps;
  private readonly types = new LRUCache<Id, { type: InlineType | undefined }>({ max: MAX_TYPES });

  constructor(deps: DownloadDeps) {
    this.deps = deps;
  }

  /**
   * The bytes of a file for a person who may read its message. Its content decides the type: pictures, sound and video are
   * shown, everything else is a download. Before each piece it is checked again that the person may read it, and
   * `requireCaller` that they are still who asked: an error there cuts the answer. Bytes count for the person as they are
   * sent; a file that has begun is sent whole.
   * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, NO_SUCH_FILE, FILE_DAMAGED, CIPHER_UNAVAILABLE,
   *   STORAGE_UNAVAILABLE, TOO_MANY_REQUESTS, DOWNLOAD_LIMIT, OVERLOADED
   */
  async download(userId: Id, ref: AttachmentRef, requireCaller: () => void): Promise<ByteAnswer> {
    const requireAccess = async (budget?: PageBudget) => {
      requireCaller();
      return requireFile(this.deps.store, userId, ref, budget);
    };
    const found = await requireAccess(this.deps.pageBudgetOf(userId));
    this.deps.limits.check('downloads', userId);
    const { signal, progress: onProgress, end: close } = this.deps.transfers.begin(userId);
    try {
      const { size, id } = found.file;
      const headers = await this.headersOf(found, userId);
      const read = (range: ByteRange) => this.read(found, userId, range, () => requireAccess());
      return new ByteAnswer({ size, etag: `"${id}"`, headers, read, signal, onProgress, close });
    } catch (error) {
      close();
      throw error;
    }
  }

  private async headersOf(found: FileOfMessage, userId: Id): Promise<Record<string, string>> {
    const { row, file } = found;
    const requested = [{ ...row, attachments: [file] }];
    const metadata = (await openMetadata(this.deps.cipher, requested, { accountId: userId })).get(file);
    const type = metadata && (await this.typeOf(found, metadata.type));
    return {
      'Content-Type': type ?? 'application/octet-stream',
      'Content-Disposition': contentDisposition(type ? 'inline' : 'attachment', metadata?.name ?? ''),
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'Cross-Origin-Resource-Policy': this.deps.isCrossOrigin ? 'cross-origin' : 'same-origin',
      'Referrer-Policy': 'no-referrer',
    };
  }

  private async typeOf(found: FileOfMessage, declared: string): Promise<InlineType | undefined> {
    const known = this.types.get(found.file.id);
    if (known) return known.type;
    const { size, id } = found.file;
    const bytes = await openRange(this.deps, found, { start: 0, end: Math.min(size, SNIFFED_BYTES) });
    const type = inlineType(declared, bytes);
    this.types.set(id, { type });
    return type;
  }

  /** The bytes of a range, in pieces of up to MAX_PART_BYTES, each after `requireAccess`. */
  private async *read(
    found: FileOfMessage,
    userId: Id,
    { start, end }: ByteRange,
    requireAccess: () => Promise<unknown>,
  ): AsyncGenerator<Buffer> {
    for (let from = start; from < end; ) {
      await requireAccess();
      // Pieces are those in which files are written: a bucket is asked once for each.
      const to = Math.min(end, from - (from % MAX_PART_BYTES) + MAX_PART_BYTES);
      const bytes = await openRange(this.deps, found, { start: from, end: to });
      this.deps.limits.count('downloads', userId, bytes.length / 1024);
      yield bytes;
      from = to;
    }
  }
}

/** The bytes of a range that touches up to four chunks. @throws ApiError NO_SUCH_FILE, FILE_DAMAGED, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE */
export async function openRange(
  { store, cipher }: Pick<DownloadDeps, 'store' | 'cipher'>,
  { row, file }: FileOfMessage,
  { start, end }: ByteRange,
): Promise<Buffer> {
  const { id, key, size } = file;
  const { conversationId, senderId } = row;
  const index = Math.floor(start / CHUNK_BYTES);
  const count = Math.ceil(end / CHUNK_BYTES) - index;
  const first = index * CHUNK_BYTES;
  const length = Math.min(size, first + count * CHUNK_BYTES) - first;
  const sealed = await store.files.read(
    { conversationId, id },
    index * SEALED_BYTES,
    length + count * SEALED_EXTRA_BYTES,
  );
  if (!sealed) throw new ApiError('NO_SUCH_FILE');
  if (sealed.length !== length + count * SEALED_EXTRA_BYTES) throw new ApiError('FILE_DAMAGED');
  const isLast = first + length === size;
  const binding = fileBinding({ id, conversationId, senderId });
  const plain = await cipher.openChunks({ key, binding, index, isLast }, sealed);
  if (!plain) throw new ApiError('FILE_DAMAGED');
  return plain.subarray(start - first, end - first);
}

/**
 * A file of a message that this person may read: neither deleted nor hidden from them, and not due, swept or not.
 * @throws ApiError NOT_MEMBER, NO_SUCH_MESSAGE, NO_SUCH_FILE
 */
export async function requireFile(
  store: Store,
  userId: Id,
  { conversationId, seq, attachmentId }: AttachmentRef,
  budget?: PageBudget,
): Promise<FileOfMessage> {
  const conversation = await requireMember(store, userId, { conversationId });
  const row = await requireMessage(store, conversation, userId, { seq, time: store.time, budget });
  const file = isDeleted(row) ? undefined : row.attachments?.find(({ id }) => id === attachmentId);
  if (!file) throw new ApiError('NO_SUCH_FILE');
  return { row, file };
}
