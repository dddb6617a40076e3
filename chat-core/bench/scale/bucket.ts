import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sealedOffset } from '../../src/cipher/cipher.ts';
import type { SharedFiles } from '../../src/storage/attachment-files.ts';
import { realDisk } from '../../src/storage/lowdb/disk/disk.ts';
import { AttachmentFolder } from '../../src/storage/lowdb/pages/attachment-folder.ts';
import { openBucketFiles } from '../../src/storage/s3/open-bucket-files.ts';
import { MAX_PART_BYTES } from '../../src/wire/attachments.ts';
import { addRatio, interleave } from '../rounds.ts';

const MB = 2 ** 20;
const PART = sealedOffset(MAX_PART_BYTES);
/** Files at once, as of as many people. */
const AT_ONCE = 4;

/**
 * How fast sealed files are stored and read in a bucket over loopback, against a folder, by the port alone: without cipher and HTTP of
 * the core. The service has its own process, keeps objects in memory and checks each signature.
 */
export async function benchBucket({
  quick,
  folder,
}: {
  quick: boolean;
  folder: string | undefined;
}): Promise<void> {
  const secret = randomBytes(16).toString('hex');
  const s3 = fork(fileURLToPath(new URL('s3-process.ts', import.meta.url)), [secret]);
  const disk = await mkdtemp(join(folder ?? tmpdir(), 'bisik-bench-files-'));
  try {
    const [{ port }] = (await once(s3, 'message')) as [{ port: number }];
    const key = { keyId: 'KEYID', secret, region: 'us-east-1' };
    const settings = { endpoint: `http://127.0.0.1:${port}`, bucket: 'bench', prefix: 'box', ...key };
    const bucket = await openBucketFiles(settings, (_, { reason }) => {
      throw new Error(String(reason));
    });
    const folderFiles = new AttachmentFolder(realDisk, disk);
    const parts = quick ? 8 : 100;
    const sides = (run: typeof store) => ({
      bucket: () => run(bucket.files, parts),
      folder: () => run(folderFiles, parts),
    });
    const rounds = quick ? 2 : 9;
    for (const [what, run] of [
      ['stored', store],
      ['read', read],
    ] as const) {
      await interleave(1, sides(run));
      const measured = await interleave(rounds, sides(run));
      const figure = `${AT_ONCE} files of 25 MB ${what} by the port: a bucket over loopback ÷ a folder`;
      addRatio(figure, { ours: measured.bucket, theirs: measured.folder, unit: ' MB/s' }, '');
    }
    bucket.close();
  } finally {
    s3.kill();
    await rm(disk, { recursive: true });
  }
}

/** MB a second. Each file replaces that of the round before. */
async function store(files: SharedFiles, parts: number): Promise<number> {
  const bytes = randomBytes(PART);
  for (let n = 0; n < AT_ONCE; n++) await files.remove({ conversationId: 'c', id: `f${n}` });
  return rateOf(parts, async (id) => {
    const ref = { conversationId: 'c', id };
    for (let part = 0; part < parts; part++) await files.write(ref, part * PART, bytes);
    await files.finish(ref);
  });
}

async function read(files: SharedFiles, parts: number): Promise<number> {
  return rateOf(parts, async (id) => {
    for (let part = 0; part < parts; part++) {
      const bytes = await files.read({ conversationId: 'c', id }, part * PART, PART);
      if (bytes?.length !== PART) throw new Error('a part is not there');
    }
  });
}

async function rateOf(parts: number, work: (id: string) => Promise<void>): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => work(`f${n}`)));
  return (AT_ONCE * parts * PART) / MB / ((performance.now() - started) / 1000);
}
