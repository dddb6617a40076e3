import { Header } from 'tar';
import { BLOCK } from './archive.ts';
import { MANIFEST, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.ts';

/** One file of an archive; `bytes` is read to its end before the next file. */
export type Entry = { name: string; size: number; bytes: AsyncGenerator<Buffer> };

/** Reads a tar archive piece by piece, as archive() writes it: regular files and nothing else. */
export class ArchiveReader {
  private readonly source: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** The manifest, which comes first. @throws when it does not */
  async manifest(): Promise<Manifest> {
    const entry = await this.next();
    if (entry?.name !== MANIFEST || entry.size > MAX_MANIFEST_BYTES) return parseManifest(Buffer.alloc(0));
    const chunks: Buffer[] = [];
    for await (const chunk of entry.bytes) chunks.push(chunk);
    return parseManifest(Buffer.concat(chunks));
  }

  /** The next file, undefined after the last. @throws when the archive is not well formed */
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
      if (this.rest.length === 0) await this.more();
      const chunk = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
    await this.take((BLOCK - (size % BLOCK)) % BLOCK);
  }

  private async take(count: number): Promise<Buffer> {
    while (this.rest.length < count) await this.more();
    const taken = this.rest.subarray(0, count);
    this.rest = this.rest.subarray(count);
    return taken;
  }

  private async more(): Promise<void> {
    const { value, done } = await this.source.next();
    if (done) throw malformed();
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, value]) : value;
  }

  /** Reads what is left, so that whatever checks the bytes beneath comes to its end: only zeros may come. */
  private async end(): Promise<void> {
    for (let last = this.rest; ; ) {
      if (last.some((byte) => byte !== 0)) throw malformed();
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
