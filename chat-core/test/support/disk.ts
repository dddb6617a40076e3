import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authenticatorOf } from '../../src/storage/lowdb/disk/authenticator.ts';
import { realDisk } from '../../src/storage/lowdb/disk/disk.ts';
import { keyedDisk } from '../../src/storage/lowdb/disk/keyed-disk.ts';
import {
  type JournalHeader,
  type JournalRecord,
  readRecord,
  writeLine,
} from '../../src/storage/lowdb/journal/journal-record.ts';
import { beginHistory, readMeta, writeMeta } from '../../src/storage/lowdb/pages/meta.ts';
import { readStorageKey } from '../../src/storage/lowdb/storage-key.ts';

/**
 * The bytes of every file below a folder, as one text: all that a thief of the disk can read. A running core renames and
 * removes files meanwhile: then all is read again.
 */
export function everythingIn(folder: string): string {
  for (;;) {
    try {
      return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join('\n');
    } catch (error) {
      if (!isGone(error) || !existsSync(folder)) throw error;
    }
  }
}

const isGone = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The bytes of the database below DATA_DIR: everything but the audit trail, which also has what was refused. */
export function databaseIn(dataDir: string): string {
  return readdirSync(dataDir, { withFileTypes: true })
    .filter((entry) => entry.name !== 'audit' && entry.isDirectory())
    .map((entry) => everythingIn(join(dataDir, entry.name)))
    .join('\n');
}

/** The path of the first journal file. */
export const firstJournal = (dataDir: string): string => join(dataDir, 'journal', '00000001.jsonl');

/**
 * Flips one bit in the ciphertext of message `seq`, and writes the line and those after it with codes that match, like an
 * attacker with the storage key.
 */
export async function corruptMessage(
  { dataDir, keysDir }: { dataDir: string; keysDir: string },
  seq: number,
): Promise<void> {
  const path = firstJournal(dataDir);
  const journal = readFileSync(path);
  const authenticator = authenticatorOf(dataDir, readStorageKey(keysDir));
  let line = readRecord<JournalHeader | JournalRecord>(journal, 0);
  let [offset, tag, isFound, revision] = [0, '', false, 0];
  for (; line; line = readRecord<JournalHeader | JournalRecord>(journal, offset)) {
    let { json } = line;
    if ('revision' in line.record) ({ revision } = line.record);
    const [row] = 'revision' in line.record ? line.record.messages : [];
    if (row?.seq === seq) {
      const bytes = Buffer.from(row.content, 'base64');
      bytes.writeUInt8(bytes.readUInt8(14) ^ 1, 14);
      json = Buffer.from(json.toString().replace(row.content, bytes.toString('base64')));
      isFound = true;
    }
    tag = isFound ? authenticator.tagRecord(tag, json) : (line.tag ?? '');
    writeLine(json, tag).copy(journal, offset);
    offset = line.end;
  }
  if (!isFound) throw new Error('no such record');
  writeFileSync(path, journal);
  // cipher-service remembers the code of a line as it was: only another history has none.
  const disk = keyedDisk(realDisk, dataDir, readStorageKey(keysDir));
  const meta = await readMeta(disk, dataDir);
  if (meta) await writeMeta(disk, dataDir, beginHistory(meta, revision));
}
