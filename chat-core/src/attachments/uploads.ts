import { fileBinding } from '../cipher/binding.ts';
import { type Cipher, sealedOffset } from '../cipher/cipher.ts';
import { requireUploader } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { OpenUpload, Store, StoredAttachment, Tx, UploadRow } from '../storage/store.ts';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../wire/attachments.ts';
import type { Id, NewUpload, Upload } from '../wire/wire.ts';
import { chunksOf, verifiedOffset } from './chunks.ts';
import { claimable } from './claimable.ts';
import { isContradicted } from './declared-type.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { readMetadata } from './metadata.ts';
import { type FileMetadata, openMetadata, sealMetadata } from './opened-metadata.ts';
import { openUploads, type Quotas, requireQuota, requireRoom } from './quota.ts';

/** `quotas` in bytes. */
export type UploadDeps = { store: Store; cipher: Cipher; quotas: Quotas };

/** The bytes that this process knows to be stored of an upload, and when it stored the last of them, in server time. */
type Progress = { offset: number; at: number };

/**
 * The files that no message names yet: created, filled part by part in order, and claimed by a message, cancelled, or
 * swept. Operations on one upload run one after the other.
 */
export class Uploads {
  private readonly deps: UploadDeps;
  /** By id. Without an entry, the first use in this process verifies what is stored. */
  private readonly progress = new Map<Id, Progress>();
  private readonly mutex = new KeyedMutex();

  constructor(deps: UploadDeps) {
    this.deps = deps;
  }

  /**
   * Creates an upload. A repeat with the same data answers how far it is, also once a message has claimed it.
   * @throws ApiError INVALID_FILE, FILE_TOO_LARGE, NOT_MEMBER, NOT_FRIENDS, NOT_ALLOWED, UPLOAD_ID_REUSED,
   *   TOO_MANY_UPLOADS, QUOTA_EXCEEDED, BOX_FULL, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL
   */
  create(userId: Id, input: NewUpload): Promise<Upload> {
    const { store, cipher, quotas } = this.deps;
    const { id, conversationId, size } = input;
    return this.mutex.run(id, async () => {
      if (size < 1) throw new ApiError('INVALID_FILE');
      const metadata = readMetadata(input);
      await requireUploader(store, userId, conversationId);
      const known = store.uploads().find((row) => row.id === id);
      if (known) return this.newestState(await this.requireSame(known, userId, { ...input, metadata }));
      if (await store.files.isFinished(input)) return this.claimedState(input);

      await requireQuota(txOf(store), quotas, userId, size);
      requireRoom(await store.files.space(), size + this.unstoredBytes());
      const binding = fileBinding({ id, conversationId, senderId: userId });
      const [key, sealed] = await Promise.all([
        cipher.newFileKey(binding),
        sealMetadata(cipher, { id, conversationId, senderId: userId }, metadata),
      ]);
      const row = await store.transact(async (tx) => {
        await requireUploader(tx, userId, conversationId);
        await requireQuota(tx, quotas, userId, size);
        const createdAt = store.time.now();
        const upload = { state: 'open' as const, id, conversationId, userId, createdAt, size, key };
        await tx.saveUpload({ ...upload, metadata: sealed });
        return { ...upload, metadata: sealed };
      });
      this.progress.set(id, { offset: 0, at: row.createdAt });
      return toWire(row, 0);
    });
  }

  /**
   * How far an upload of this person is. @throws ApiError NO_SUCH_FILE, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE
   */
  state(userId: Id, id: Id): Promise<Upload> {
    return this.mutex.run(id, async () => this.newestState(await this.requireOwn(userId, id)));
  }

  /**
   * Stores the part at `offset`, in any pieces: 1 to 4 whole chunks, of which only the last of the file may be shorter. What is stored
   * already stays, so that a repeat succeeds.
   * @throws ApiError NO_SUCH_FILE, NOT_MEMBER, NOT_FRIENDS, NOT_ALLOWED, INVALID_REQUEST, WRONG_OFFSET,
   *   WRONG_FILE_TYPE, BOX_FULL, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE, DISK_FULL
   */
  storePart(userId: Id, id: Id, offset: number, pieces: Buffer[]): Promise<Upload> {
    const { store, cipher } = this.deps;
    return this.mutex.run(id, async () => {
      const row = await this.requireOwn(userId, id);
      await requireUploader(store, userId, row.conversationId);
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const end = offset + length;
      requirePart(row, offset, length);
      let stored = await this.offsetOf(row);
      if (offset > stored) stored = await this.newestOffset(row);
      if (offset > stored) throw new ApiError('WRONG_OFFSET');
      if (end <= stored) return this.stateOf(row);

      if (stored === 0) await this.requireDeclaredType(row, Buffer.concat(pieces));
      requireRoom(await store.files.space(), end - stored);
      const rest = stored === offset ? pieces : [Buffer.concat(pieces).subarray(stored - offset)];
      const sealed = await cipher.sealChunks(chunksOf(row, stored, end), rest);
      await store.files.write(row, sealedOffset(stored), sealed);
      this.progress.set(id, { offset: end, at: store.time.now() });
      return this.stateOf(row);
    });
  }

  /**
   * Cancels an upload and removes its bytes. Cancelling one that does not exist changes nothing.
   * @throws ApiError STORAGE_UNAVAILABLE, DISK_FULL
   */
  async cancel(userId: Id, id: Id): Promise<void> {
    await this.mutex.run(id, () => this.discard(id, (row) => row.userId === userId));
    await this.removeDiscarded([id]);
  }

  /**
   * The files that a message of this person may claim, in the order of `ids`.
   * @throws ApiError NO_SUCH_FILE, UPLOAD_INCOMPLETE, CIPHER_UNAVAILABLE, STORAGE_UNAVAILABLE
   */
  async requireComplete(userId: Id, conversationId: Id, ids: Id[]): Promise<StoredAttachment[]> {
    const { store } = this.deps;
    const known = new Set(store.uploads().map(({ id }) => id));
    if (!ids.every((id) => known.has(id))) await store.catchUp?.();
    const rows = claimable(store.uploads(), userId, conversationId, ids);
    for (const row of rows) {
      const stored = await this.mutex.run(row.id, () => this.stateOf(row));
      const { offset } =
        stored.offset < row.size ? await this.mutex.run(row.id, () => this.newestState(row)) : stored;
      if (offset < row.size) throw new ApiError('UPLOAD_INCOMPLETE');
    }
    return rows.map(toStored);
  }

  /** Removes the bytes of discarded files, all of them unless `ids` names some, and then their rows. */
  async removeDiscarded(ids?: Id[]): Promise<void> {
    const { store } = this.deps;
    const isMeant = (row: UploadRow) => row.state === 'discarded' && (!ids || ids.includes(row.id));
    for (const { id, conversationId } of store.uploads().filter(isMeant)) {
      await this.mutex.run(id, async () => {
        // Meanwhile it may have been removed; another conversation may have a file with this id.
        const row = store.uploads().find((one) => one.id === id && one.conversationId === conversationId);
        if (row?.state !== 'discarded') return;
        await store.files.remove(row);
        await store.transact((tx) => tx.saveUpload({ ...row, state: 'removed' }));
        this.progress.delete(id);
      });
    }
  }

  /** Forgets the progress of files that messages have claimed. */
  forgetClaimed(): void {
    const open = new Set(this.deps.store.uploads().map(({ id }) => id));
    for (const id of this.progress.keys()) if (!open.has(id)) this.progress.delete(id);
  }

  /** Discards the open uploads that were created, and last grew, at least `ms` ago. */
  async discardOlderThan(ms: number): Promise<void> {
    const { store } = this.deps;
    const isOld = ({ id, createdAt }: OpenUpload) =>
      store.time.now() - Math.max(createdAt, this.progress.get(id)?.at ?? 0) >= ms;
    for (const { id } of openUploads(store.uploads()).filter(isOld)) {
      await this.mutex.run(id, () => this.discard(id, isOld));
    }
  }

  private async discard(id: Id, which: (row: OpenUpload) => boolean): Promise<void> {
    await this.deps.store.transact(async (tx) => {
      const row = openUploads(await tx.uploads()).find((one) => one.id === id);
      if (!row || !which(row)) return;
      await tx.saveUpload({ state: 'discarded', id, conversationId: row.conversationId });
    });
    this.progress.delete(id);
  }

  private async requireOwn(userId: Id, id: Id): Promise<OpenUpload> {
    const { store } = this.deps;
    const find = () => openUploads(store.uploads()).find((one) => one.id === id);
    let row = find();
    // Another core may have created it.
    if (!row) await store.catchUp?.();
    row ??= find();
    if (row?.userId !== userId) throw new ApiError('NO_SUCH_FILE');
    return row;
  }

  /** The upload that a repeated creation means. @throws ApiError UPLOAD_ID_REUSED, CIPHER_UNAVAILABLE */
  private async requireSame(
    row: UploadRow,
    userId: Id,
    input: { conversationId: Id; size: number; metadata: FileMetadata },
  ): Promise<OpenUpload> {
    const { conversationId, size } = input;
    const isOwn = row.state === 'open' && row.userId === userId;
    if (!isOwn || row.conversationId !== conversationId || row.size !== size) {
      throw new ApiError('UPLOAD_ID_REUSED');
    }
    const known = await this.metadataOf(row);
    if (JSON.stringify(known) !== JSON.stringify(input.metadata)) throw new ApiError('UPLOAD_ID_REUSED');
    return row;
  }

  /** The state of a file that a message has claimed, so that who lost the answer can repeat its message. */
  private async claimedState({ id, conversationId, size }: NewUpload): Promise<Upload> {
    const stored = await this.deps.store.files.size({ id, conversationId });
    if (stored !== sealedOffset(size)) throw new ApiError('UPLOAD_ID_REUSED');
    return toWire({ id, size }, size);
  }

  private async stateOf(row: OpenUpload): Promise<Upload> {
    const offset = await this.offsetOf(row);
    if (offset === row.size) await this.deps.store.files.finish(row);
    return toWire(row, offset);
  }

  private async newestState(row: OpenUpload): Promise<Upload> {
    await this.newestOffset(row);
    return this.stateOf(row);
  }

  /** Like offsetOf, with what other cores have stored. */
  private async newestOffset(row: OpenUpload): Promise<number> {
    if (this.deps.store.catchUp) this.progress.delete(row.id);
    return this.offsetOf(row);
  }

  private async offsetOf(row: OpenUpload): Promise<number> {
    const known = this.progress.get(row.id);
    if (known) return known.offset;
    const { store, cipher } = this.deps;
    const offset = await verifiedOffset({ files: store.files, cipher }, row);
    this.progress.set(row.id, { offset, at: row.createdAt });
    return offset;
  }

  private async requireDeclaredType(row: OpenUpload, first: Buffer): Promise<void> {
    const metadata = await this.metadataOf(row);
    if (metadata && isContradicted(metadata.type, first)) throw new ApiError('WRONG_FILE_TYPE');
  }

  private async metadataOf(row: OpenUpload): Promise<FileMetadata | undefined> {
    const { conversationId, userId: senderId } = row;
    const requested = [{ conversationId, senderId, attachments: [row] }];
    const opened = await openMetadata(this.deps.cipher, requested, { accountId: senderId });
    return opened.get(row);
  }

  /** The bytes that open uploads will still need. */
  private unstoredBytes(): number {
    return openUploads(this.deps.store.uploads()).reduce(
      (sum, { id, size }) => sum + size - (this.progress.get(id)?.offset ?? 0),
      0,
    );
  }
}

/** @throws ApiError INVALID_REQUEST, WRONG_OFFSET (between chunks) */
function requirePart({ size }: OpenUpload, offset: number, length: number): void {
  if (offset % CHUNK_BYTES !== 0) throw new ApiError('WRONG_OFFSET');
  const end = offset + length;
  const isWhole = length > 0 && length <= MAX_PART_BYTES && (length % CHUNK_BYTES === 0 || end === size);
  if (isWhole && end <= size) return;
  const detail =
    'A part has 1 to 4 chunks of 64 KiB and ends within the file; only its last chunk may be shorter.';
  throw new ApiError('INVALID_REQUEST', { detail });
}

function toStored({ id, size, key, metadata }: OpenUpload): StoredAttachment {
  return { id, size, key, metadata };
}

function toWire({ id, size }: { id: Id; size: number }, offset: number): Upload {
  return { id, size, offset, chunkBytes: CHUNK_BYTES, maxPartBytes: MAX_PART_BYTES };
}

/** The durable rows, as a transaction reads them. */
function txOf(store: Store): Pick<Tx, 'uploads' | 'totalUsage' | 'account'> {
  return {
    account: (id) => store.account(id),
    uploads: async () => store.uploads(),
    totalUsage: async (userId) => store.totalUsage(userId),
  };
}
