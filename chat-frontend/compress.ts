import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Text files that browsers request. Pictures are compressed already. */
const TEXT = /\.(html|js|css|svg|webmanifest)$/;
const MIN_BYTES = 200;
const ENCODINGS = [
  { extension: '.br', compress: promisify(brotliCompress) },
  { extension: '.gz', compress: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }) },
];

/**
 * Writes two compressed copies of each text file beside it, `<name>.br` and `<name>.gz`, so that chat-core need not
 * compress. A CDN compresses by itself and ignores them.
 */
export function writeCompressed(): Plugin {
  let folder = '';
  let isWritten = false;
  return {
    name: 'bisik-compress',
    apply: 'build',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    writeBundle() {
      isWritten = true;
    },
    // Also called after a failed build, which wrote nothing and whose error vite reports.
    async closeBundle() {
      if (!isWritten) return;
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      await Promise.all(
        names.filter((name) => TEXT.test(name)).map((name) => compressFile(join(folder, name))),
      );
    },
  };
}

async function compressFile(file: string): Promise<void> {
  const bytes = readFileSync(file);
  if (bytes.length < MIN_BYTES) return;
  await Promise.all(
    ENCODINGS.map(async ({ extension, compress }) => {
      const compressed = await compress(bytes);
      if (compressed.length < bytes.length) writeFileSync(file + extension, compressed);
    }),
  );
}
