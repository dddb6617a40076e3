import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cipher } from '../../cipher/cipher.ts';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import type { AttachmentFiles, StoredAttachment, StoredMessage } from '../../storage/store.ts';
import type { Attachment } from '../../wire/wire.ts';
import { FileNotWhole, openedParts, sealedParts } from '../attachment-bytes.ts';

const MAX_NAME_BYTES = 120;
/** What is no part of a file name on some system: path separators, Windows' characters, control characters, marks of direction. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|]/gu;

/**
 * The files of an export: `<folder>/<conversation>/<seq>-<n>-<name>` with their opened bytes, or `<seq>-<n>.sealed` as
 * they are stored. The number at the start makes every name unique, and none a reserved one.
 */
export class FileWriter {
  private readonly files: AttachmentFiles;
  private readonly folder: string;
  private readonly prefix: string;
  private readonly folders = new Set<string>();
  /** How many were written, and how many are missing or do not open. */
  written = 0;
  missing = 0;

  /** Writes below `folder`, which is named `prefix` in the paths it returns. */
  constructor(files: AttachmentFiles, folder: string, prefix: string) {
    this.files = files;
    this.folder = folder;
    this.prefix = prefix;
  }

  /**
   * Writes one file durably. @returns its path relative to the export; undefined when its bytes are missing or do not open
   * @throws ApiError CIPHER_UNAVAILABLE, or an error of the disk
   */
  async write(
    row: StoredMessage,
    index: number,
    file: StoredAttachment,
    opened?: { cipher: Cipher; attachment: Attachment },
  ): Promise<string | undefined> {
    const { conversationId, senderId, seq } = row;
    const last = opened ? `-${safeName(opened.attachment.name)}` : '.sealed';
    const name = [conversationId, `${seq}-${index + 1}${last}`];
    const path = join(this.folder, ...name);
    const read = (offset: number, length: number) =>
      this.files.read({ conversationId, id: file.id }, offset, length);
    const parts = opened
      ? openedParts(opened.cipher, { ...file, conversationId, senderId }, read)
      : sealedParts(file.size, read);
    try {
      await this.writeParts(path, parts);
    } catch (error) {
      if (!(error instanceof FileNotWhole)) throw error;
      await rm(path, { force: true });
      this.missing += 1;
      return undefined;
    }
    this.written += 1;
    return [this.prefix, ...name].join('/');
  }

  /** Makes the names of all files durable. */
  async sync(): Promise<void> {
    for (const folder of this.folders) await realDisk.syncFolder(folder);
    if (this.folders.size > 0) await realDisk.syncFolder(this.folder);
  }

  private async writeParts(path: string, parts: AsyncIterable<Buffer>): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    this.folders.add(dirname(path));
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** The name of a file, harmless on any file system. It keeps its ending, which says how to open it. */
export function safeName(name: string): string {
  const clean = name
    .normalize('NFC')
    .toWellFormed()
    .replace(UNSAFE, '_')
    .replace(/[. ]+$/, '');
  const [ending = ''] = /\.[\p{L}\p{N}]{1,10}$/u.exec(clean) ?? [];
  let stem = clean.slice(0, clean.length - ending.length);
  while (Buffer.byteLength(stem + ending) > MAX_NAME_BYTES) stem = [...stem].slice(0, -1).join('');
  return stem + ending || '_';
}
