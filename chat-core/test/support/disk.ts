import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanRecords, writeRecord } from '../../src/storage/lowdb/journal/journal-record.ts';

/** The bytes of every file below a folder, as one text: all that a thief of the disk can read. */
export function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

/** The bytes of the database below DATA_DIR: everything but the audit trail, which also has what was refused. */
export function databaseIn(dataDir: string): string {
  return readdirSync(dataDir)
    .filter((name) => name !== 'audit' && statSync(join(dataDir, name)).isDirectory())
    .map((name) => everythingIn(join(dataDir, name)))
    .join('\n');
}

/** The path of the first journal file. */
export const firstJournal = (dataDir: string): string => join(dataDir, 'journal', '00000001.jsonl');

/** Flips one bit in the ciphertext of message `seq`, and writes a matching checksum as an attacker would. */
export function corruptMessage(dataDir: string, seq: number): void {
  const path = firstJournal(dataDir);
  const journal = readFileSync(path);
  const original = [...scanRecords(journal, 0)].find(({ messages }) => messages[0]?.seq === seq);
  const [row] = original?.messages ?? [];
  if (!original || !row) throw new Error('no such record');
  const record = writeRecord(original);
  const bytes = Buffer.from(row.content, 'base64');
  bytes.writeUInt8(bytes.readUInt8(14) ^ 1, 14);
  const altered = writeRecord({ ...original, messages: [{ ...row, content: bytes.toString('base64') }] });
  altered.copy(journal, journal.indexOf(record));
  writeFileSync(path, journal);
}
