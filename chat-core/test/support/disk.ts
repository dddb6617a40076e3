import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The bytes of every file below a folder, as one text: what somebody who takes the disk can read. */
export function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

/** The journal file that is written first. */
export const firstJournal = (dataDir: string): string => join(dataDir, 'journal', '00000001.jsonl');
