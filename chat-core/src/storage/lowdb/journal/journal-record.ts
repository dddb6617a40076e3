import { crc32 } from 'node:zlib';
import { type Changes, changesOf } from '../../rows.ts';
import type { StoredMessage } from '../../store.ts';

/** One transaction in the journal. Every new, changed or hidden message in it has its revision. */
export type JournalRecord = Changes & {
  /** One more than the revision of the record before it. */
  revision: number;
  /** The newest revision that was durable when this record was written; the same in all records of one write. */
  durable: number;
  /** The time of the commit on the time line of the box (docs/decisions/0024). */
  at: number;
  /** The time of the commit by the wall clock, absent if it equals `at`. */
  clock?: number;
};

/**
 * The first record of a journal file: its own number (a recycled file still has its old one), its first revision, and its
 * least size in bytes. A shorter file was truncated.
 */
export type JournalHeader = { journal: number; from: number; size: number };

const LINE_FEED = 0x0a;
const CHECKSUM_DIGITS = 8;
const PREFIX = CHECKSUM_DIGITS + 1;
const START = ' {"';

/** Encodes a record as a line: CRC-32 of the JSON as eight hex digits, a space, the JSON, a line feed. */
export function writeRecord(record: JournalHeader | JournalRecord): Buffer {
  const json = Buffer.from(JSON.stringify('revision' in record ? compact(record) : record));
  const checksum = crc32(json).toString(16).padStart(CHECKSUM_DIGITS, '0');
  return Buffer.concat([Buffer.from(`${checksum} `), json, Buffer.of(LINE_FEED)]);
}

/** The record that starts at `offset`, and its end; undefined when there is no intact one. */
export function readRecord<T extends JournalHeader | JournalRecord>(
  bytes: Buffer,
  offset: number,
): { record: T; end: number } | undefined {
  const feed = bytes.indexOf(LINE_FEED, offset);
  if (feed < offset + PREFIX) return undefined;
  const json = bytes.subarray(offset + PREFIX, feed);
  const checksum = bytes.toString('latin1', offset, offset + PREFIX);
  if (checksum !== `${crc32(json).toString(16).padStart(CHECKSUM_DIGITS, '0')} `) return undefined;
  const record = JSON.parse(json.toString('utf8'));
  return { record: 'revision' in record ? expand(record) : record, end: feed + 1 };
}

/** A record without redundant fields: without empty kinds of rows, and without the revision in each message. */
function compact({
  revision,
  durable,
  at,
  clock,
  messages,
  edits,
  hidden,
  ...others
}: JournalRecord): object {
  const nonEmpty: Record<string, unknown[]> = {};
  for (const kind in others) {
    const rows = others[kind as keyof typeof others];
    if (rows.length > 0) nonEmpty[kind] = rows;
  }
  return {
    revision,
    durable,
    at,
    ...(clock !== undefined && { clock }),
    ...nonEmpty,
    ...(messages.length > 0 && { messages: messages.map(({ rev: _, ...message }) => message) }),
    ...(edits.length > 0 && { edits: edits.map((message) => compactEdit(message, revision)) }),
    ...(hidden.length > 0 && { hidden: hidden.map(({ rev: _, ...one }) => one) }),
  };
}

function expand({ messages = [], edits = [], hidden = [], ...record }: Partial<JournalRecord>): object {
  const { revision: rev = 0 } = record;
  return changesOf({
    ...record,
    messages: messages.map((message) => ({ ...message, rev })),
    edits: edits.map((message) => expandEdit(message, rev)),
    hidden: hidden.map((one) => ({ ...one, rev })),
  });
}

/** An edit without the revision of its record. That of a message that was only resealed is older, or 0 before the first. */
function compactEdit({ changedRev = 0, ...message }: StoredMessage, revision: number): object {
  return changedRev === revision ? message : { ...message, changedRev };
}

function expandEdit({ changedRev, ...message }: StoredMessage, revision: number): StoredMessage {
  if (changedRev === 0) return message;
  return { ...message, changedRev: changedRev ?? revision };
}

/**
 * All intact records from `offset` on, at any position, to distinguish a torn end from damage. The remains of a lost
 * sector need not end with a line feed, so records are found by their first characters.
 */
export function* scanRecords(bytes: Buffer, offset: number): Generator<JournalRecord> {
  for (let start = bytes.indexOf(START, offset); start >= 0; start = bytes.indexOf(START, start + 1)) {
    const found =
      start - offset < CHECKSUM_DIGITS
        ? undefined
        : readRecord<JournalRecord>(bytes, start - CHECKSUM_DIGITS);
    if (found && 'revision' in found.record) yield found.record;
  }
}
