import { join } from 'node:path';
import type { Position } from '../../rollback-counter.ts';
import { formatRanges } from '../../seq-ranges.ts';
import { FORGED } from '../disk/authenticator.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { type DamageHandler, refuseDamage } from '../pages/page-file.ts';
import { UnknownConversation } from '../state/conversation-state.ts';
import { type Current, Journal, journalName, type Starts } from './journal.ts';
import {
  checkFiles,
  freeBuffer,
  isStarted,
  type JournalFile,
  readFiles,
  type StartedFile,
} from './journal-files.ts';
import { type JournalRecord, readRecord, scanRecords } from './journal-record.ts';

/**
 * Where the journal continues what pages hold: its first needed file, their revision, and the newest begun file; and the
 * newest position that was reported, which the journal must contain.
 */
export type JournalStart = {
  first: number;
  revision: number;
  newest: number;
  reported?: Position | null | undefined;
};

/** What replay found: the revision reached and the code of its line, and the bytes of a torn end that were cut. */
export type Replayed = {
  journal: Journal;
  revision: number;
  /** Undefined when no line of the journal is of that revision. */
  code: string | undefined;
  torn: { path: string; offset: number } | undefined;
};

const ANOTHER_LINE = 'it is another line than the one that was written there first';

/**
 * How the newest file ends: where its records end, the code of the last one, where its last write begins, and whether a torn
 * write follows.
 */
type Tail = { file: StartedFile; end: number; tag: string; lastWrite: number; isTorn: boolean };

export type JournalContents = {
  /** The last revision found, and the code of its line, if there is one. */
  revision: number;
  code: string | undefined;
  /** Revisions that are gone, ascending. */
  missing: number[];
  /** Whether the newest file is gone: how much it held is not known. */
  isEndLost: boolean;
  files: JournalFile[];
  tail: Tail | undefined;
};

/**
 * Replays the journal from `from.first` on and opens it for writing; a torn end is cut.
 * @throws CorruptionError naming file and offset when acknowledged records are missing
 */
export async function replay(
  disk: KeyedDisk,
  folder: string,
  from: JournalStart,
  apply: (record: JournalRecord) => void,
  fileBytes?: number,
): Promise<Replayed> {
  const { revision, code, files, tail } = await readJournal(disk, folder, from, apply, refuseDamage);
  if (tail?.isTorn) await zeroFrom(disk, tail.file, tail.end);
  const current = tail && (await reopen(disk, tail, canContinue(disk, tail.file)));
  const newest = tail?.file.number ?? Math.max(from.first - 1, 0);
  const starts: Starts = files.filter(isStarted).map((file) => [file.number, file.from]);
  for (const { bytes } of files) freeBuffer(bytes);
  const journal = new Journal(disk, folder, { newest, starts, current }, fileBytes);
  return {
    journal,
    revision,
    code,
    torn: tail?.isTorn ? { path: tail.file.path, offset: tail.end } : undefined,
  };
}

/**
 * Reads the journal without changing it and applies its records in order. Each file is valid up to the first revision
 * of the next one; only the newest may end in a torn write. `onDamage` is the policy for everything else: `refuseDamage`
 * ends the reading, a handler that returns makes it go on with every whole record that is left.
 */
export async function readJournal(
  disk: KeyedDisk,
  folder: string,
  from: JournalStart,
  apply: (record: JournalRecord) => void,
  onDamage: DamageHandler,
): Promise<JournalContents> {
  let isDamaged = false;
  const report: DamageHandler = (path, offset, what) => {
    isDamaged = true;
    onDamage(path, offset, what);
  };
  const files = await readFiles(disk, folder, from.first);
  const { authenticator } = disk;
  if (authenticator.policy !== 'none')
    for (const { path, epoch } of files.filter(isStarted)) if (!epoch) report(path, 0, FORGED);
  const { broken, isEndLost } = checkFiles(files, folder, from, report);
  const firstPath = join(folder, journalName(from.first));
  let next = files.find(isStarted)?.from ?? from.revision + 1;
  if (next > from.revision + 1) report(firstPath, 0, `revision ${from.revision + 1} is missing`);

  const missing: number[] = [];
  let tail: Tail | undefined;
  let newestLine: Position | undefined;
  const { reported } = from;
  for (const [index, file] of files.entries()) {
    const following = files.slice(index + 1).find(isStarted);
    const until = following?.from ?? Number.POSITIVE_INFINITY;
    let offset = file.start;
    if (isStarted(file)) {
      next = file.from;
      let lastWrite = { offset: 0, durable: -1 };
      let { tag } = file;
      for (;;) {
        const found = readRecord<JournalRecord>(file.bytes, offset);
        if (found?.record.revision !== next || next >= until) break;
        const follows = authenticator.isRecord(tag, found.json, found.tag);
        tag = found.tag ?? '';
        if (authenticator.policy !== 'none' && !(follows && next <= (file.epoch?.until ?? next))) {
          report(file.path, offset, FORGED);
          if (authenticator.policy === 'refuse') {
            missing.push(next);
            next += 1;
            offset = found.end;
            continue;
          }
        }
        applyRecord(found.record, apply, (what) => report(file.path, offset, what));
        if (next === reported?.revision && tag !== reported.code) report(file.path, offset, ANOTHER_LINE);
        newestLine = { revision: next, code: tag };
        const { durable } = found.record;
        if (durable !== lastWrite.durable) lastWrite = { offset, durable };
        next += 1;
        offset = found.end;
      }
      if (following && next === until) continue;
      if (!following) {
        // Old records of a recycled file, zeros, or pieces of a write that was never acknowledged may follow.
        const pieces = [...scanRecords(file.bytes, offset)].filter(({ revision }) => revision >= next);
        tail = { file, end: offset, tag, lastWrite: lastWrite.offset, isTorn: pieces.length > 0 };
        // A record written after the missing one was durable proves damage.
        if (!pieces.some(({ durable }) => durable >= next)) continue;
      }
    } else if (!broken.has(file)) continue;

    const whole = recordsBetween(file, offset, next, until);
    const gone: number[] = [];
    for (const { revision } of whole) {
      for (; next < revision; next++) gone.push(next);
      next = revision + 1;
    }
    if (following) for (; next < until; next++) gone.push(next);
    const isRange = gone.length > 0;
    if (isStarted(file))
      report(file.path, offset, isRange ? `revision ${formatRanges(gone)} is missing` : 'it is no record');
    for (const record of whole) applyRecord(record, apply, (what) => report(file.path, offset, what));
    missing.push(...gone);
  }
  if (next <= from.revision && !isDamaged) report(firstPath, 0, `revision ${next} is missing`);
  const revision = Math.max(next - 1, from.revision);
  const isCut = reported !== undefined && reported !== null && revision < reported.revision;
  if (isCut && !isDamaged)
    report(
      tail?.file.path ?? firstPath,
      tail?.end ?? 0,
      `the journal ends at revision ${revision}, and had reached ${reported.revision}`,
    );
  const code = newestLine?.revision === revision ? newestLine.code || undefined : undefined;
  return { revision, code, missing, isEndLost: isEndLost || isCut, files, tail };
}

/** Whole records from `offset` on with `from` ≤ revision < `until`, ascending; of one revision the last in the file. */
function recordsBetween(file: JournalFile, offset: number, from: number, until: number): JournalRecord[] {
  const found = new Map<number, JournalRecord>();
  for (const record of scanRecords(file.bytes, offset)) {
    if (record.revision >= from && record.revision < until) found.set(record.revision, record);
  }
  return [...found.values()].sort((a, b) => a.revision - b.revision);
}

/** A record that names an unknown conversation was written over pages that are lost. */
function applyRecord(
  record: JournalRecord,
  apply: (record: JournalRecord) => void,
  onUnknown: (what: string) => void,
): void {
  try {
    apply(record);
  } catch (error) {
    if (!(error instanceof UnknownConversation)) throw error;
    onUnknown(error.message);
  }
}

/** Clears the pieces of a torn write, which could be taken for records once others stand before them. */
async function zeroFrom(disk: KeyedDisk, { path, bytes }: JournalFile, offset: number): Promise<void> {
  const file = await disk.open(path, 'update');
  try {
    await file.write(Buffer.alloc(bytes.length - offset), offset);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Opens the newest file to continue at its end. Its last write is written again: a process that was killed, or whose
 * sync failed, may have left it in the page cache alone, where it reads like durable data and is lost with the power.
 * A file of an earlier history is not continued: lines of before and after a restore could take each other's place.
 */
async function reopen(
  disk: KeyedDisk,
  { file, end, tag, lastWrite }: Tail,
  isContinued: boolean,
): Promise<Current | undefined> {
  const { path, number, bytes } = file;
  const again = await disk.open(path, 'update');
  try {
    await again.write(bytes.subarray(lastWrite, end), lastWrite);
    await again.sync();
  } finally {
    await again.close();
  }
  if (!isContinued) return undefined;
  return { file: await disk.open(path, 'durable'), number, end, size: bytes.length, tag };
}

/** Whether a file may get more lines: it was begun in this history, in this format. */
function canContinue({ authenticator }: KeyedDisk, { epoch }: JournalFile): boolean {
  return epoch !== undefined && authenticator.isCurrent(epoch);
}
