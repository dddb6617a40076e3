import { lowWaterBytes } from '../../attachments/quota.ts';
import type { Disk } from '../../storage/lowdb/disk/disk.ts';
import { floorBytes } from '../../storage/lowdb/maintenance/free-space.ts';
import { bytesOnDisk, type Need, Room } from '../room.ts';
import type { PlannedFiles } from './import-files.ts';
import type { Plan } from './import-plan.ts';

/** A row without its text in a page, and an account, a conversation or a friendship, in bytes: measured, rounded up. */
const ROW_BYTES = 400;
const RECORD_BYTES = 600;
/** Base64 of ciphertext. */
const SEALED_FACTOR = 4 / 3;
/** The journal is recycled after so many bytes. */
const MAX_JOURNAL_BYTES = 16 * 2 ** 20;
const MESSAGES_PER_PAGE = 128;

/** What an import writes into DATA_DIR: its messages in pages and in the journal, and their files. */
export function needOf(plan: Plan, files: PlannedFiles, dataDir: string): Need {
  const targets = [...plan.conversations, ...plan.groups];
  const rows = targets.flatMap((target) => target.rows);
  const texts = rows.reduce((sum, { row }) => sum + textBytes(row.content) + ROW_BYTES, 0);
  const records = plan.accounts.length + plan.friendships.length + targets.length;
  const pages = texts + records * RECORD_BYTES;
  return {
    folder: dataDir,
    bytes: bytesOnDisk(pages) + Math.min(pages, MAX_JOURNAL_BYTES) + files.bytesOnDisk,
    files: files.found + Math.ceil(rows.length / MESSAGES_PER_PAGE) + 2 * targets.length,
  };
}

/** The bytes of a text once it is sealed. */
function textBytes(text: string): number {
  return Math.ceil(Buffer.byteLength(text) * SEALED_FACTOR);
}

/** The room of an import, which leaves what the box needs: more where it brings files. */
export function roomForImport({ found }: PlannedFiles, space?: Disk['space']): Room {
  const withFiles = found > 0;
  return new Room({
    what: 'The import',
    remedy: withFiles
      ? 'make room, or say --without-attachments'
      : 'make room, or set DATA_DIR to another disk',
    keepFree: (_, total) => (withFiles ? lowWaterBytes(total) : floorBytes(total)),
    ...(space && { space }),
  });
}
