import { createHash } from 'node:crypto';
import { Header } from 'tar';
import { bytesIn, openSealed } from './attachment-sources.ts';
import { bytesOf, type Source } from './backup-files.ts';
import {
  type AttachmentInBackup,
  MANIFEST,
  MAX_MANIFEST_BYTES,
  type Manifest,
  parseManifest,
} from './manifest.ts';

/** The size of a tar block in bytes (POSIX.1-1988 ustar). */
const BLOCK = 512;
/** The zeros at the end of an archive: two blocks here, and up to a record with other tools. */
const MAX_END_BYTES = 2 ** 20;

/** Called with the size of each piece of a file. */
type OnPiece = (bytes: number) => void;

/**
 * The first part of a backup as a tar archive, in pieces: the manifest, then the files in its order.
 * @throws Error when a file differs from the manifest, or there are too many
 */
export async function* writeArchive(
  manifest: Manifest,
  sources: Source[],
  onPiece: OnPiece,
): AsyncGenerator<Buffer> {
  const first = Buffer.from(JSON.stringify(manifest));
  if (first.length > MAX_MANIFEST_BYTES)
    throw new Error('There are too many files for one backup: use --without-attachments.');
  const time = new Date(manifest.created);
  yield* [headerBlock(MANIFEST, first.length, time), first, padding(first.length)];
  for (const source of sources) {
    const { name, path, size, sha256 } = source;
    yield headerBlock(name, size, time);
    const sum = createHash('sha256');
    for await (const chunk of bytesOf(source)) {
      sum.update(chunk);
      yield chunk;
      onPiece(chunk.length);
    }
    if (sum.digest('hex') !== sha256) throw new Error(`${path} changed while it was copied.`);
    yield padding(size);
  }
}

/** The last part of a backup: the sealed files, `pathOf` each. Leaves out those that are not there any more. */
export async function* writeAttachments(
  { created, attachments }: Manifest,
  pathOf: (file: AttachmentInBackup) => string,
  onPiece: OnPiece,
  onMissing: () => void,
): AsyncGenerator<Buffer> {
  const files = attachments?.place === 'archive' ? attachments.files : [];
  for (const one of files) {
    const path = pathOf(one);
    const file = await openSealed(path, one.size);
    if (!file) {
      onMissing();
      continue;
    }
    yield headerBlock(one.name, one.size, new Date(created));
    for await (const chunk of bytesIn(file, one.size, path)) {
      yield chunk;
      onPiece(chunk.length);
    }
    yield padding(one.size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function headerBlock(path: string, size: number, mtime: Date): Buffer {
  const header = new Header({ path, size, mtime, type: 'File', mode: 0o600, uid: 0, gid: 0 });
  if (header.encode() || !header.block) throw new Error(`The name ${path} is too long for a backup.`);
  return header.block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** One file of an archive; `bytes` is read to its end before the next file. */
export type Entry = { name: string; size: number; bytes: AsyncGenerator<Buffer> };

/** Reads a tar archive piece by piece, as `writeArchive` writes it: regular files only. */
export class ArchiveReader {
  private readonly source: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** @throws Error when the first file is not the manifest */
  async manifest(): Promise<Manifest> {
    const entry = await this.next();
    if (entry?.name !== MANIFEST || entry.size > MAX_MANIFEST_BYTES) return parseManifest(Buffer.alloc(0));
    const chunks: Buffer[] = [];
    for await (const chunk of entry.bytes) chunks.push(chunk);
    return parseManifest(Buffer.concat(chunks));
  }

  /** The next file, undefined after the last. @throws Error when the archive is malformed */
  async next(): Promise<Entry | undefined> {
    const block = await this.take(BLOCK);
    if (block.every((byte) => byte === 0)) {
      await this.end();
      return undefined;
    }
    const { cksumValid, type, path, size = -1 } = headerIn(block);
    if (!cksumValid || type !== 'File' || path === undefined || size < 0) throw malformed();
    return { name: path, size, bytes: this.file(size) };
  }

  private async *file(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if (this.rest.length === 0) await this.fill();
      const chunk = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
    await this.take((BLOCK - (size % BLOCK)) % BLOCK);
  }

  private async take(count: number): Promise<Buffer> {
    while (this.rest.length < count) await this.fill();
    const taken = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    return taken;
  }

  private async fill(): Promise<void> {
    const { value, done } = await this.source.next();
    if (done) throw malformed();
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, value]) : value;
  }

  /** Reads to the end, so that decryption and decompression check their last bytes; only zeros may follow. */
  private async end(): Promise<void> {
    let size = 0;
    for (let last = this.rest; ; ) {
      size += last.length;
      if (size > MAX_END_BYTES || last.some((byte) => byte !== 0)) throw malformed();
      const { value, done } = await this.source.next();
      if (done) return;
      last = value;
    }
  }
}

function headerIn(block: Buffer): Header {
  try {
    return new Header(block);
  } catch {
    throw malformed();
  }
}

function malformed(): Error {
  return new Error('The backup is not complete.');
}
