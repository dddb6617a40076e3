import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { realDisk } from '../../storage/lowdb/disk/disk.ts';
import { journalNumber } from '../../storage/lowdb/journal/journal.ts';
import { readMeta } from '../../storage/lowdb/pages/meta.ts';
import { documentBytes } from '../../storage/lowdb/pages/page-file.ts';
import { type JournalPart, journalUpTo } from './backup-journal.ts';
import { type FileInBackup, isBackupName } from './manifest.ts';

const CHUNK_BYTES = 256 * 1024;

/** A file of a backup: its first `kept` bytes lie at `path`, the rest are zeros; `content` is all of it where it is made here. */
export type Source = FileInBackup & { path: string; kept: number; content?: Buffer };

/**
 * Everything a box needs to live elsewhere: of DATA_DIR (held) the pages and the journal up to `revision`, of KEYS_DIR
 * every key. Not what other files may lie beside them: a whole db.json of before, temporary files, the lock.
 */
export async function findSources(dataDir: string, keysDir: string, revision: number): Promise<Source[]> {
  const sources: Source[] = [];
  const add = async (root: string, inside: string, name: string, part?: JournalPart) => {
    const full = [root, inside, name].filter(Boolean).join('/');
    if (!isBackupName(full)) return;
    const path = join(root === 'data' ? dataDir : keysDir, inside, name);
    const found = await stat(path);
    if (!found.isFile()) return;
    const piece = { path, size: found.size, kept: found.size, ...part };
    sources.push({ ...piece, name: full, sha256: await sumOf(piece) });
  };

  for (const part of ['cipher', 'core']) {
    for (const name of (await namesIn(join(keysDir, part))).filter((one) => !one.endsWith('.tmp')))
      await add('keys', part, name);
  }
  for (const needed of ['keys/cipher/keyring.json', 'keys/core/token.key']) {
    if (!sources.some(({ name }) => name === needed))
      throw new Error(`${needed} is not in ${keysDir}: a backup without it opens nothing.`);
  }
  for (const kind of ['users', 'pictures', 'conversations', 'invites'])
    for (const name of await namesIn(join(dataDir, kind))) await add('data', kind, name);
  for (const id of await namesIn(join(dataDir, 'messages')))
    for (const name of await namesIn(join(dataDir, 'messages', id)))
      await add('data', `messages/${id}`, name);

  const meta = await readMeta(realDisk, dataDir);
  if (!meta) throw new Error(`There is no database in ${dataDir}: set DATA_DIR.`);
  const journal = join(dataDir, 'journal');
  const numbers = (await namesIn(journal)).map(journalNumber).filter((number) => number !== undefined);
  const needed = numbers.filter((number) => number >= meta.checkpoint.journal);
  const parts = await journalUpTo(journal, needed, revision);
  for (const part of parts) await add('data', 'journal', part.name, part);
  // Made here: what is held begins journal files meanwhile, which are not in the backup.
  const newest = journalNumber(parts.at(-1)?.name ?? '') ?? Math.max(meta.checkpoint.journal - 1, 0);
  const content = documentBytes({ ...meta, newestJournal: newest });
  const own = { path: join(dataDir, 'meta.json'), size: content.length, kept: content.length, content };
  sources.push({ ...own, name: 'data/meta.json', sha256: await sumOf(own) });
  return sources;
}

type Piece = Pick<Source, 'path' | 'kept' | 'size' | 'content'>;

/** SHA-256 in hex of a file as the backup holds it. */
async function sumOf(piece: Piece): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of bytesOf(piece)) sum.update(chunk);
  return sum.digest('hex');
}

/** A file as the backup holds it. @throws when it has fewer bytes than are kept */
export async function* bytesOf({ path, kept, size, content }: Piece): AsyncGenerator<Buffer> {
  if (content) {
    yield content;
    return;
  }
  let left = kept;
  if (kept > 0) {
    for await (const chunk of createReadStream(path, { end: kept - 1, highWaterMark: CHUNK_BYTES })) {
      left -= chunk.length;
      yield chunk;
    }
  }
  if (left !== 0) throw new Error(`${path} became shorter while it was copied.`);
  for (let zeros = size - kept; zeros > 0; zeros -= CHUNK_BYTES) {
    yield Buffer.alloc(Math.min(zeros, CHUNK_BYTES));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
