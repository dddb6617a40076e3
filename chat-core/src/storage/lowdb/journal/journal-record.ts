import { crc32 } from 'node:zlib';
import { type Changes, changesOf } from '../../rows.ts';

/** One transaction as it stands in the journal; every message in it, new, changed or hidden, has its revision. */
export type JournalRecord = Changes & {
  /** Its revision: one more than the line's before it. */
  revision: number;
  /** The newest revision that was durable when this line was written: all lines of one write say the same. */
  durable: number;
  /** When the commit was made, on the time line of the box (docs/decisions/0024). */
  at: number;
  /** What the wall clock said then, absent where that is the same. */
  clock?: number;
};

/**
 * What a journal file begins with: its own number (a recycled file still says its old one), its first revision, and
 * the bytes it has at least: one that is shorter was cut.
 */
export type JournalHeader = { journal: number; from: number; size: number };

const LINE_FEED = 0x0a;
const SUM_DIGITS = 8;
const PREFIX = SUM_DIGITS + 1;
const START = ' {"';

/** A record as a line: eight hex digits of CRC-32 over the JSON, a space, the JSON, a line feed. */
export function writeRecord(record: JournalHeader | JournalRecord): Buffer {
  const json = Buffer.from(JSON.stringify('revision' in record ? packed(record) : record));
  const sum = crc32(json).toString(16).padStart(SUM_DIGITS, '0');
  return Buffer.concat([Buffer.from(`${sum} `), json, Buffer.of(LINE_FEED)]);
}

/** The record that begins at `offset` and where it ends; undefined when none does, whole and unharmed. */
export function readRecord<T extends JournalHeader | JournalRecord>(
  bytes: Buffer,
  offset: number,
): { record: T; end: number } | undefined {
  const feed = bytes.indexOf(LINE_FEED, offset);
  if (feed < offset + PREFIX) return undefined;
  const json = bytes.subarray(offset + PREFIX, feed);
  const sum = bytes.toString('latin1', offset, offset + PREFIX);
  if (sum !== `${crc32(json).toString(16).padStart(SUM_DIGITS, '0')} `) return undefined;
  const record = JSON.parse(json.toString('utf8'));
  return { record: 'revision' in record ? whole(record) : record, end: feed + 1 };
}

/** Without what every line would repeat: kinds of rows it has none of, and the revision in each message. */
function packed({ revision, durable, at, clock, messages, edits, hidden, ...others }: JournalRecord): object {
  const kept = Object.entries(others).filter(([, rows]) => rows.length > 0);
  return {
    revision,
    durable,
    at,
    ...(clock !== undefined && { clock }),
    ...Object.fromEntries(kept),
    ...(messages.length > 0 && { messages: messages.map(({ rev: _, ...message }) => message) }),
    ...(edits.length > 0 && { edits: edits.map(({ changedRev: _, ...message }) => message) }),
    ...(hidden.length > 0 && { hidden: hidden.map(({ rev: _, ...one }) => one) }),
  };
}

function whole({ messages = [], edits = [], hidden = [], ...line }: Partial<JournalRecord>): object {
  const { revision: rev = 0 } = line;
  return changesOf({
    ...line,
    messages: messages.map((message) => ({ ...message, rev })),
    edits: edits.map((message) => ({ ...message, changedRev: rev })),
    hidden: hidden.map((one) => ({ ...one, rev })),
  });
}

/**
 * Every unharmed line from `offset` on, wherever it begins: to tell a torn end from damage. What a lost sector leaves
 * before a line need not end with a line feed, so a line is looked for by its form.
 */
export function* scanRecords(bytes: Buffer, offset: number): Generator<JournalRecord> {
  for (let at = bytes.indexOf(START, offset); at >= 0; at = bytes.indexOf(START, at + 1)) {
    const found = at - offset < SUM_DIGITS ? undefined : readRecord<JournalRecord>(bytes, at - SUM_DIGITS);
    if (found && 'revision' in found.record) yield found.record;
  }
}
