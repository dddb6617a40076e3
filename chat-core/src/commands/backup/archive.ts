import { createHash } from 'node:crypto';
import { Header } from 'tar';
import { bytesOf, type Source } from './backup-files.ts';
import { MANIFEST, type Manifest } from './manifest.ts';

/** A tar archive is made of blocks of so many bytes (POSIX.1-1988 ustar). */
export const BLOCK = 512;

/**
 * A backup as a tar archive, in pieces: the manifest, then its files in the order it gives. `onBytes` is told the bytes
 * of files that have passed. @throws when a file is not what the manifest says of it
 */
export async function* archive(
  manifest: Manifest,
  sources: Source[],
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const first = Buffer.from(JSON.stringify(manifest));
  const at = new Date(manifest.created);
  yield* [header(MANIFEST, first.length, at), first, padding(first.length)];
  for (const source of sources) {
    const { name, path, size, sha256 } = source;
    yield header(name, size, at);
    const sum = createHash('sha256');
    for await (const chunk of bytesOf(source)) {
      sum.update(chunk);
      yield chunk;
      onBytes(chunk.length);
    }
    if (sum.digest('hex') !== sha256) throw new Error(`${path} changed while it was copied.`);
    yield padding(size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function header(path: string, size: number, mtime: Date): Buffer {
  const made = new Header({ path, size, mtime, type: 'File', mode: 0o600, uid: 0, gid: 0 });
  if (made.encode() || !made.block) throw new Error(`The name ${path} is too long for a backup.`);
  return made.block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
