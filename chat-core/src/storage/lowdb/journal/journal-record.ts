import { crc32 } from 'node:zlib';
import { type Changes, changesOf } from '../../rows.ts';
import type { StoredMessage } from '../../store.ts';
import { TAG_CHARACTERS } from '../disk/authenticator.ts';

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
const SPACE = 0x20;
const START = ' {"';
/** Bytes of a line besides its JSON. */
export const LINE_BYTES = TAG_CHARACTERS + CHECKSUM_DIGITS + 2;
/** The fields of a record that are lists of rows. */
const KINDS: ReadonlySet<string> = new Set(Object.keys(changesOf({})));

/** A line of a file: `json` are the bytes that its authentication code `tag` covers. Before format 7 there is no code. */
export type Line<T> = { record: T; json: Buffer; tag: string | undefined; end: number };

/** The JSON of a record, without the revision in each of its rows. */
export function encodeRecord(record: JournalHeader | JournalRecord): Buffer {
  return Buffer.from(JSON.stringify('revision' in record ? compact(record) : record));
}

/**
 * A line: the authentication code, CRC-32 over the code and the JSON as eight hex digits, a space, the JSON, a line feed.
 */
export function writeLine(json: Buffer, tag: string): Buffer {
  return Buffer.concat([Buffer.from(`${tag}${checksumOf(json, tag)} `), json, Buffer.of(LINE_FEED)]);
}

/** The record that starts at `offset`, and its end; undefined when there is no intact one. */
export function readRecord<T extends JournalHeader | JournalRecord>(
  bytes: Buffer,
  offset: number,
): Line<T> | undefined {
  const feed = bytes.indexOf(LINE_FEED, offset);
  // A code has no space, so that a line without one is recognised.
  const tagCharacters = bytes[offset + CHECKSUM_DIGITS] === SPACE ? 0 : TAG_CHARACTERS;
  const prefix = tagCharacters + CHECKSUM_DIGITS + 1;
  if (feed < offset + prefix) return undefined;
  const json = bytes.subarray(offset + prefix, feed);
  const tag = bytes.toString('latin1', offset, offset + tagCharacters);
  const checksum = bytes.toString('latin1', offset + tagCharacters, offset + prefix);
  if (checksum !== `${checksumOf(json, tag)} `) return undefined;
  const record = parse(json.toString('utf8'));
  if (!record) return undefined;
  return {
    record: ('revision' in record ? expand(record) : record) as T,
    json,
    tag: tag === '' ? undefined : tag,
    end: feed + 1,
  };
}

function checksumOf(json: Buffer, tag: string): string {
  return crc32(json, crc32(tag)).toString(16).padStart(CHECKSUM_DIGITS, '0');
}

/** The object in the JSON of a line; undefined for what no version wrote, although its checksum is right. */
function parse(json: string): Partial<JournalRecord> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const hasLists = Object.entries(value).every(([kind, rows]) => !KINDS.has(kind) || areRows(rows));
  return hasLists && (!('revision' in value) || Number.isSafeInteger(value.revision)) ? value : undefined;
}

function areRows(rows: unknown): boolean {
  return Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null);
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
    for (const prefix of [TAG_CHARACTERS + CHECKSUM_DIGITS, CHECKSUM_DIGITS]) {
      const found = start - offset < prefix ? undefined : readRecord<JournalRecord>(bytes, start - prefix);
      if (!found || !('revision' in found.record)) continue;
      yield found.record;
      break;
    }
  }
}
