import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileBinding } from '../../cipher/binding.ts';
import { type Cipher, sealedOffset } from '../../cipher/cipher.ts';
import { toId } from '../../storage/foreign-ids.ts';
import type { OpenUpload, Store, StoredAttachment } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import { FileNotWhole, openedParts, type SealedFile, storeBytes } from '../attachment-bytes.ts';
import { bytesOnDisk } from '../room.ts';
import { importMetadata } from './import-metadata.ts';
import type { Plan } from './import-plan.ts';
import type { SeedAttachment } from './seed-attachments.ts';
import type { SeedRow } from './seed-file.ts';

const READ_BYTES = 256 * 1024;
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** `onFile` is called after each file that was stored, with its bytes. */
type Deps = { store: Store; cipher: Cipher; onFile?: (bytes: number) => void | Promise<void> };
/** What an import does with the files of its messages. */
export type PlannedFiles = { found: number; bytes: number; bytesOnDisk: number; missing: number };

/** The folder of an export, in which the paths of its files start; without one, no file has bytes. */
export class FileSource {
  private readonly folder: string | undefined;
  /** Files whose bytes were found and do not open, or are not as many as they should be. */
  damaged = 0;

  constructor(folder?: string) {
    this.folder = folder;
  }

  /** Counts the files of all messages that a plan stores. */
  async count(plan: Pick<Plan, 'conversations' | 'groups'>): Promise<PlannedFiles> {
    const planned = { found: 0, bytes: 0, bytesOnDisk: 0, missing: 0 };
    for (const { row } of [...plan.conversations, ...plan.groups].flatMap(({ rows }) => rows)) {
      for (const attachment of row.attachments ?? []) {
        const file = await this.open(attachment);
        await file?.handle.close();
        if (file) planned.found += 1;
        else planned.missing += 1;
        if (!file) continue;
        planned.bytes += attachment.size;
        planned.bytesOnDisk += bytesOnDisk(sealedOffset(attachment.size));
      }
    }
    return planned;
  }

  /**
   * Seals and stores the files of a message, each under a new key and an id made from the message's, as uploads that the
   * message can claim. A repeat after an interruption replaces what is there. One without bytes is claimed as lost, and
   * shown as missing. Quotas do not hold.
   * @throws ApiError CIPHER_UNAVAILABLE, DISK_FULL, STORAGE_UNAVAILABLE
   */
  async store(deps: Deps, conversationId: Id, row: SeedRow): Promise<StoredAttachment[]> {
    const stored: StoredAttachment[] = [];
    for (const [index, attachment] of (row.attachments ?? []).entries()) {
      const id = toId('file', `${conversationId} ${row.id} ${index}`);
      const upload = await this.storeOne(deps, { id, conversationId }, row, attachment);
      if (upload) stored.push(upload);
    }
    return stored;
  }

  private async storeOne(
    { store, cipher, onFile }: Deps,
    ref: { id: Id; conversationId: Id },
    row: SeedRow,
    attachment: SeedAttachment,
  ): Promise<StoredAttachment | undefined> {
    const binding = fileBinding({ ...ref, senderId: row.senderId });
    const { senderId, conversationId = ref.conversationId } = row;
    const sealedFile = 'key' in attachment ? { ...attachment, conversationId, senderId } : undefined;
    const metadata = await importMetadata(cipher, attachment, sealedFile ? fileBinding(sealedFile) : binding);
    if (metadata === undefined) {
      this.damaged += 1;
      return undefined;
    }
    const [key, sealed] = await Promise.all([
      cipher.newFileKey(binding),
      cipher.seal(JSON.stringify(metadata), binding),
    ]);
    const { size } = attachment;
    const upload: OpenUpload = {
      ...ref,
      state: 'open',
      userId: row.senderId,
      createdAt: store.time.now(),
      size,
      key,
      metadata: sealed,
    };
    await store.files.remove(ref);
    const isKnown = store.uploads().some((one) => one.id === ref.id);
    await store.transact(async (tx) => {
      // One that the sweep has discarded would stay so.
      if (isKnown) await tx.saveUpload({ ...ref, state: 'removed' });
      await tx.saveUpload(upload);
    });
    const isStored = await this.storeBytesOf({ store, cipher }, attachment, upload, sealedFile);
    if (isStored) await onFile?.(size);
    else await store.transact((tx) => tx.saveUpload({ ...upload, lost: true }));
    return { id: ref.id, size, key, metadata: sealed };
  }

  /** @returns whether the bytes of a file are there, open and are stored */
  private async storeBytesOf(
    { store, cipher }: Deps,
    attachment: SeedAttachment,
    upload: OpenUpload,
    sealedFile: SealedFile | undefined,
  ): Promise<boolean> {
    const file = await this.open(attachment);
    if (!file) return false;
    const read = (offset: number, length: number) => readAt(file.handle, offset, length);
    try {
      const plain = sealedFile ? openedParts(cipher, sealedFile, read) : bytesOf(file.handle);
      await storeBytes({ files: store.files, cipher }, upload, plain);
      return true;
    } catch (error) {
      if (!(error instanceof FileNotWhole)) throw error;
      this.damaged += 1;
      await store.files.remove(upload);
      return false;
    } finally {
      await file.handle.close();
    }
  }

  /**
   * Opens the bytes of a file; undefined when they are not there or not as many as they should be. Links are not followed,
   * neither to the file nor through its folders.
   */
  private async open(attachment: SeedAttachment): Promise<{ handle: FileHandle } | undefined> {
    if (this.folder === undefined || attachment.path === undefined) return undefined;
    const path = join(this.folder, ...attachment.path.split('/'));
    let handle: FileHandle | undefined;
    try {
      const base = await realpath(this.folder);
      if (!(await realpath(dirname(path))).startsWith(base + sep)) return undefined;
      handle = await open(path, READ_FLAGS);
      const found = await handle.stat();
      const size = 'key' in attachment ? sealedOffset(attachment.size) : attachment.size;
      if (found.isFile() && found.size === size) return { handle };
    } catch {
      // It is reported as missing, with the others.
    }
    await handle?.close();
    return undefined;
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function* bytesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let offset = 0; ; ) {
    const bytes = await readAt(handle, offset, READ_BYTES);
    if (bytes.length === 0) return;
    offset += bytes.length;
    yield bytes;
  }
}
