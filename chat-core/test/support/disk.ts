import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanRecords, writeRecord } from '../../src/storage/lowdb/journal/journal-record.ts';

/** The bytes of every file below a folder, as one text: what somebody who takes the disk can read. */
export function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

/** The journal file that is written first. */
export const firstJournal = (dataDir: string): string => join(dataDir, 'journal', '00000001.jsonl');

/** Turns one bit of the ciphertext of a conversation's message `seq`; who can write the file can write its checksums too. */
export function spoilMessage(dataDir: string, seq: number): void {
  const path = firstJournal(dataDir);
  const journal = readFileSync(path);
  const spoiled = [...scanRecords(journal, 0)].find(({ messages }) => messages[0]?.seq === seq);
  const [row] = spoiled?.messages ?? [];
  if (!spoiled || !row) throw new Error('no such line');
  const line = writeRecord(spoiled);
  const bytes = Buffer.from(row.content, 'base64');
  bytes.writeUInt8(bytes.readUInt8(14) ^ 1, 14);
  const altered = writeRecord({ ...spoiled, messages: [{ ...row, content: bytes.toString('base64') }] });
  altered.copy(journal, journal.indexOf(line));
  writeFileSync(path, journal);
}
