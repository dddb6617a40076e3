import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyedDisk } from '../../storage/lowdb/disk/keyed-disk.ts';
import { journalName, journalNumber } from '../../storage/lowdb/journal/journal.ts';
import {
  type JournalHeader,
  type JournalRecord,
  readRecord,
} from '../../storage/lowdb/journal/journal-record.ts';
import { readMeta } from '../../storage/lowdb/pages/meta.ts';
import { documentBytes } from '../../storage/lowdb/pages/page-file.ts';
import { type FileInBackup, isBackupName, SETTINGS } from './manifest.ts';

const CHUNK_BYTES = 256 * 1024;

/** A file of a backup: its first `used` bytes are those at `path`, the rest are zeros; `content` replaces the file at `path`. */
export type Source = FileInBackup & { path: string; used: number; content?: Buffer };

/**
 * The files a server needs to run elsewhere: of DATA_DIR (held) the pages and the journal up to `revision`, of KEYS_DIR
 * every key. Other files are left out: an older db.json, temporary files, the lock. `journal` are the parts of the journal.
 */
export async function findSources(
  disk: KeyedDisk,
  dataDir: string,
  keysDir: string,
  revision: number,
): Promise<{ sources: Source[]; journal: JournalPart[] }> {
  const sources: Source[] = [];
  const add = async (root: string, inside: string, name: string, part?: JournalPart) => {
    const full = [root, inside, name].filter(Boolean).join('/');
    if (!isBackupName(full)) return;
    const path = join(root === 'data' ? dataDir : keysDir, inside, name);
    const found = await stat(path);
    if (!found.isFile()) return;
    const piece = { path, size: found.size, used: found.size, ...part };
    sources.push({ ...piece, name: full, sha256: await sumOf(piece) });
  };

  for (const part of ['cipher', 'core']) {
    for (const name of (await namesIn(join(keysDir, part))).filter((one) => !/\.(tmp|adopt)$/.test(one)))
      await add('keys', part, name);
  }
  for (const needed of ['keys/cipher/keyring.json', 'keys/core/token.key', 'keys/core/storage.key']) {
    if (!sources.some(({ name }) => name === needed))
      throw new Error(`${needed} is not in ${keysDir}: a backup without it opens nothing.`);
  }
  for (const kind of ['users', 'pictures', 'conversations', 'invites', 'uploads'])
    for (const name of await namesIn(join(dataDir, kind))) await add('data', kind, name);
  for (const id of await namesIn(join(dataDir, 'messages')))
    for (const name of await namesIn(join(dataDir, 'messages', id)))
      await add('data', `messages/${id}`, name);

  const meta = await readMeta(disk, dataDir);
  if (!meta) throw new Error(`There is no database in ${dataDir}: set DATA_DIR.`);
  const journal = join(dataDir, 'journal');
  const numbers = (await namesIn(journal)).map(journalNumber).filter((number) => number !== undefined);
  const needed = numbers.filter((number) => number >= meta.checkpoint.journal);
  const parts = await journalUpTo(journal, needed, revision);
  for (const part of parts) await add('data', 'journal', part.name, part);
  // A held store may begin new journal files and report positions meanwhile: the meta file of the backup has neither.
  const newest = journalNumber(parts.at(-1)?.name ?? '') ?? Math.max(meta.checkpoint.journal - 1, 0);
  const path = join(dataDir, 'meta.json');
  const content = documentBytes(disk, path, { ...meta, newestJournal: newest, reported: [null] });
  const own = { path, size: content.length, used: content.length, content };
  sources.push({ ...own, name: 'data/meta.json', sha256: await sumOf(own) });
  return { sources, journal: parts };
}

/**
 * The settings of a box below a folder: `.env`, `docker-compose.override.yml`, and what is in `tunnel/` and `secrets/`.
 * Their bytes are read at once: a person may edit them. `unreadable` are those that this user may not read.
 */
export async function findSettings(
  folder: string | undefined,
): Promise<{ sources: Source[]; unreadable: string[] }> {
  const sources: Source[] = [];
  const unreadable: string[] = [];
  if (folder === undefined) return { sources, unreadable };
  const inside = ['tunnel', 'secrets'].map(async (part) =>
    (await namesIn(join(folder, part))).map((name) => `${part}/${name}`),
  );
  const names = ['.env', 'docker-compose.override.yml', ...(await Promise.all(inside)).flat()];
  for (const name of names.filter((one) => isBackupName(SETTINGS + one))) {
    const path = join(folder, name);
    try {
      if (!(await stat(path)).isFile()) continue;
      const content = await readFile(path);
      const own = { path, size: content.length, used: content.length, content };
      sources.push({ ...own, name: SETTINGS + name, sha256: await sumOf(own) });
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['ENOENT', 'EACCES', 'EPERM'].includes(code)) throw error;
      if (code !== 'ENOENT') unreadable.push(name);
    }
  }
  return { sources, unreadable };
}

type Piece = Pick<Source, 'path' | 'used' | 'size' | 'content'>;

/** SHA-256 in hex of a file as the backup holds it. */
async function sumOf(piece: Piece): Promise<string> {
  const sum = createHash('sha256');
  for await (const chunk of bytesOf(piece)) sum.update(chunk);
  return sum.digest('hex');
}

/** The bytes of a file as the backup holds it. @throws Error when the file became shorter */
export async function* bytesOf({ path, used, size, content }: Piece): AsyncGenerator<Buffer> {
  if (content) {
    yield content;
    return;
  }
  let left = used;
  if (used > 0) {
    for await (const chunk of createReadStream(path, { end: used - 1, highWaterMark: CHUNK_BYTES })) {
      left -= chunk.length;
      yield chunk;
    }
  }
  if (left !== 0) throw new Error(`${path} became shorter while it was copied.`);
  for (let zeros = size - used; zeros > 0; zeros -= CHUNK_BYTES) {
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

/** A journal file of `size` bytes, of which the backup takes the first `used`. */
export type JournalPart = { name: string; used: number; size: number };

/**
 * The journal up to a revision: the header and the records of each file, without those a held store adds meanwhile and
 * without old records of a recycled file. Zeros take their place, because a file shorter than the size in its header
 * counts as truncated.
 * @throws Error when it does not lead to the revision
 */
export async function journalUpTo(
  folder: string,
  numbers: number[],
  revision: number,
): Promise<JournalPart[]> {
  const parts: JournalPart[] = [];
  let reached: number | undefined;
  for (const number of numbers) {
    const name = journalName(number);
    const bytes = await readFile(join(folder, name));
    const header = readRecord<JournalHeader>(bytes, 0);
    // Skips a file that is just being created or begins after the revision.
    if (header?.record.journal !== number || header.record.from > revision + 1) continue;
    let next = header.record.from;
    let { end } = header;
    for (
      let line = readRecord<JournalRecord>(bytes, end);
      line?.record.revision === next && next <= revision;
      line = readRecord<JournalRecord>(bytes, end)
    ) {
      next += 1;
      end = line.end;
    }
    parts.push({ name, used: end, size: bytes.length });
    reached = next - 1;
  }
  if (reached !== undefined && reached !== revision)
    throw new Error(`The journal in ${folder} does not lead to revision ${revision}: run npm run verify.`);
  return parts;
}
