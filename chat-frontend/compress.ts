import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** What is text, and is asked for by browsers. Pictures are compressed as they are. */
const TEXT = /\.(html|js|css|svg|webmanifest)$/;
const SMALLEST_BYTES = 200;
const WAYS = [
  { ending: '.br', compress: promisify(brotliCompress) },
  { ending: '.gz', compress: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }) },
];

/**
 * Writes each text of the build in two smaller forms beside it, `<name>.br` and `<name>.gz`, for chat-core, which has
 * no time to compress. A CDN compresses by itself, and nothing names them.
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
    // Comes after a failed build as well, where there is nothing to read and vite has the reason to report.
    async closeBundle() {
      if (!isWritten) return;
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      await Promise.all(names.filter((name) => TEXT.test(name)).map((name) => shrink(join(folder, name))));
    },
  };
}

async function shrink(file: string): Promise<void> {
  const bytes = readFileSync(file);
  if (bytes.length < SMALLEST_BYTES) return;
  await Promise.all(
    WAYS.map(async ({ ending, compress }) => {
      const small = await compress(bytes);
      if (small.length < bytes.length) writeFileSync(file + ending, small);
    }),
  );
}
