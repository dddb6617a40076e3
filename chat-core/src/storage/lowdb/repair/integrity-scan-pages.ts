import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import { withQueueOf } from '../../expiry-queues.ts';
import type { Account, Conversation, StoredMessage } from '../../store.ts';
import { FORGED } from '../disk/authenticator.ts';
import type { Disk } from '../disk/disk.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { MESSAGES_A_PAGE, type MessagePage, pageOf } from '../pages/message-pages.ts';
import { CorruptionError, type DamageHandler, PageFile, requireRevision } from '../pages/page-file.ts';
import { ROWS_A_PAGE, type RowKind, rowFile, rowPagesIn } from '../pages/row-pages.ts';
import type { ConversationState } from '../state/conversation-state.ts';
import type { State } from '../state/state.ts';
import { placeholderGroup } from './placeholder.ts';

/** A damaged message page, with the rows that are still readable, by seq. */
export type BrokenPage = {
  conversationId: Id;
  page: number;
  /** The seqs that it should contain. */
  first: number;
  last: number;
  rows: Map<number, StoredMessage>;
  /** Bounds of the revisions of its rows, from the pages around it. */
  after: number;
  before: number;
};

type Header = Pick<Conversation, 'id' | 'kind' | 'members' | 'rev'>;

/**
 * Checks every message page of one conversation, and calls `onWhole` with the rows of those that are whole. Reports the
 * damaged ones and returns them with their readable rows.
 */
export async function scanPages(
  disk: KeyedDisk,
  folder: string,
  { header, paged, pageRevisions }: Pick<ConversationState, 'paged' | 'pageRevisions'> & { header: Header },
  onDamage: DamageHandler,
  onWhole: (rows: StoredMessage[]) => void,
): Promise<BrokenPage[]> {
  const broken: BrokenPage[] = [];
  let rev = 0;
  const isNext = (row: StoredMessage, seq: number, before: StoredMessage | undefined) =>
    row.seq === seq && isRow(row, header) && row.rev >= (before?.rev ?? 0);
  for (let page = 1; page <= pageOf(paged); page++) {
    const path = join(folder, header.id, nameOf(page));
    const first = (page - 1) * MESSAGES_A_PAGE + 1;
    const last = Math.min(paged, page * MESSAGES_A_PAGE);
    const { found, isForged } = await readPage(disk, path, pageRevisions.get(page) ?? 0, onDamage);
    const rows = found?.slice(0, last - first + 1) ?? [];
    const isWhole =
      rows.length === last - first + 1 &&
      rows.every((row, index) => isNext(row, first + index, rows[index - 1]));
    const [start] = rows;
    if (isWhole && start && start.rev >= rev) {
      for (const page of broken) page.before = Math.min(page.before, start.rev);
      rev = rows.at(-1)?.rev ?? rev;
      onWhole(rows);
      continue;
    }
    if (found) onDamage(path, 0, `messages ${first} to ${last} are not all there, each in its place`);
    const salvaged = isForged ? [] : await salvageMessages(disk, path);
    const usable = salvaged.filter((row) => row.seq >= first && row.seq <= last && isRow(row, header));
    const bySeq = new Map(usable.map((row) => [row.seq, row]));
    broken.push({
      conversationId: header.id,
      page,
      first,
      last,
      rows: bySeq,
      after: rev,
      before: header.rev,
    });
  }
  return broken;
}

/** All message rows of a damaged file. */
export async function salvageMessages(disk: Disk, path: string): Promise<StoredMessage[]> {
  return salvageRows(await textOf(disk, path), (row): row is StoredMessage =>
    Number.isSafeInteger((row as Partial<StoredMessage> | null)?.seq),
  );
}

function nameOf(page: number): string {
  return `${String(page).padStart(4, '0')}.json`;
}

/** The rows of a page. Those that were written without the key of the box are not read, unless they are accepted. */
async function readPage(
  disk: KeyedDisk,
  path: string,
  leastRevision: number,
  onDamage: DamageHandler,
): Promise<{ found?: StoredMessage[]; isForged: boolean }> {
  const file = new PageFile<MessagePage>(disk, path);
  const read = await readDocument(file, onDamage);
  if (read.document) reportAge(disk, file, leastRevision, onDamage);
  if (Array.isArray(read.document?.messages)) return { found: read.document.messages, isForged: false };
  if (!read.isReported) onDamage(path, 0, read.document ? 'it is no page of messages' : 'it is missing');
  return { isForged: read.isForged };
}

/** Reads a document; reports one that is damaged, or was written without the key of the box. */
async function readDocument<T>(
  file: PageFile<T>,
  onDamage: DamageHandler,
): Promise<{ document?: T | null; isReported: boolean; isForged: boolean }> {
  try {
    return { document: await file.read(), isReported: false, isForged: false };
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    const isForged = error.what === FORGED;
    onDamage(file.path, error.offset, isForged ? FORGED : 'it does not read as it was written');
    return { isReported: true, isForged };
  }
}

/** Reports a page that is older than what was written last. Its rows are kept, and it is written again. */
function reportAge(disk: KeyedDisk, file: PageFile<unknown>, least: number, onDamage: DamageHandler): void {
  try {
    requireRevision(file, least, Number.POSITIVE_INFINITY);
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    onDamage(file.path, 0, error.what);
    disk.authenticator.accepted.add(file.path);
  }
}

function isRow(row: StoredMessage, { id, kind, members }: Header): boolean {
  const { content, kid, timestamp, rev, senderId, receiverId } = row;
  const texts = [row.id, content, kid].every((value) => typeof value === 'string');
  const numbers = [timestamp, rev].every((value) => Number.isSafeInteger(value) && value >= 0);
  // People leave a group, and what they wrote stays.
  const people =
    kind === 'group'
      ? typeof senderId === 'string' && receiverId === undefined
      : [senderId, receiverId].every((one) => one && members.includes(one));
  return texts && numbers && people && row.conversationId === id && row.v === 1;
}

/** The rows of the readable pages of one kind, and the number of rows that are in the others, undefined if unknown. */
type FoundRows<Row> = { rows: Row[]; unread: number | undefined; broken: string[]; forged: Set<string> };

/** Reads the rows of all readable pages of one kind and reports the others. There are at least `counted` rows. */
export async function findRows<Row>(
  disk: KeyedDisk,
  folder: string,
  kind: RowKind,
  { pages, rows: counted, revisions }: { pages: number; rows: number; revisions: number[] },
  onDamage: DamageHandler,
): Promise<FoundRows<Row>> {
  const numbers = await rowPagesIn(disk, folder, kind);
  const last = Math.max(pages, numbers.at(-1) ?? 0);
  const found: FoundRows<Row> = { rows: [], unread: 0, broken: [], forged: new Set() };
  let lastRows: number | undefined;
  for (let number = 1; number <= last; number++) {
    const path = rowFile(folder, kind, number);
    const { rows, isForged } = await readRows<Row>(disk, path, kind, revisions[number - 1] ?? 0, onDamage);
    lastRows = rows?.length;
    if (rows) found.rows.push(...rows);
    else found.broken.push(path);
    if (isForged) found.forged.add(path);
  }
  if (found.broken.length === 0) {
    found.unread = Math.max(0, counted - found.rows.length);
    const what = `${found.unread} of ${counted} rows are missing`;
    if (found.unread > 0) onDamage(rowFile(folder, kind, pages), 0, what);
    return found;
  }
  // Every page but the last one is full.
  const before = (last - 1) * ROWS_A_PAGE;
  const isKnown = lastRows !== undefined || counted > before;
  found.unread = isKnown ? Math.max(counted, before + (lastRows ?? 0)) - found.rows.length : undefined;
  return found;
}

async function readRows<Row>(
  disk: KeyedDisk,
  path: string,
  kind: RowKind,
  leastRevision: number,
  onDamage: DamageHandler,
): Promise<{ rows?: Row[]; isForged: boolean }> {
  const file = new PageFile<Record<string, Row[]>>(disk, path);
  const { document: page, isReported, isForged } = await readDocument(file, onDamage);
  if (page) reportAge(disk, file, leastRevision, onDamage);
  const rows = page?.[kind];
  if (Array.isArray(rows)) return { rows, isForged };
  if (!isReported) onDamage(path, 0, page ? `it is no page of ${kind}` : 'it is missing');
  return { isForged };
}

/** All account rows of a damaged file. */
export async function salvageAccounts(disk: Disk, path: string): Promise<Account[]> {
  return salvageRows(await textOf(disk, path), isAccount);
}

async function textOf(disk: Disk, path: string): Promise<string> {
  return (await disk.read(path))?.toString('utf8') ?? '';
}

/** The rows of one kind that a damaged text still contains whole. */
function salvageRows<Row>(text: string, isRow: (row: unknown) => row is Row): Row[] {
  const rows: Row[] = [];
  for (let start = text.indexOf('{'); start >= 0; start = text.indexOf('{', start + 1)) {
    const end = endOfObject(text, start);
    const row = end === undefined ? undefined : parsed(text.slice(start, end));
    if (end === undefined || !isRow(row)) continue;
    rows.push(row);
    start = end - 1;
  }
  return rows;
}

/** The end of the JSON object that starts at `from`, undefined when it has none. */
function endOfObject(text: string, from: number): number | undefined {
  let [depth, isInText] = [0, false];
  for (let index = from; index < text.length; index++) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === '"') isInText = !isInText;
    else if (isInText) continue;
    else if (char === '{') depth += 1;
    else if (char === '}' && --depth === 0) return index + 1;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAccount(row: unknown): row is Account {
  const { id, username, password, contacts, tokenVersion, devices } = (row ?? {}) as Partial<Account>;
  const areTexts = [id, username, password].every((text) => typeof text === 'string' && text !== '');
  const isList = Array.isArray(contacts) && contacts.every((contact) => typeof contact === 'string');
  return areTexts && isList && Number.isInteger(tokenVersion) && Array.isArray(devices);
}

/**
 * Rebuilds the lost header of a conversation from its messages, with the queues of those that will expire. Marks and hidden
 * messages of its members are lost.
 * @returns whether any message is readable
 */
export async function rebuildHeader(disk: Disk, messages: string, id: Id, state: State): Promise<boolean> {
  const folder = join(messages, id);
  const rows: StoredMessage[] = [];
  for (const name of await disk.list(folder)) {
    const found = await salvageMessages(disk, join(folder, name));
    // A row in the wrong page is not used: its seq would give a wrong length of the history.
    const isInPlace = ({ conversationId, seq }: StoredMessage) =>
      conversationId === id && pageOf(seq) === Number.parseInt(name, 10);
    rows.push(...found.filter(isInPlace));
  }
  const [first] = rows;
  if (!first) return false;
  const lastSeq = rows.reduce((max, { seq }) => Math.max(max, seq), 0);
  const rev = rows.reduce((max, row) => Math.max(max, row.rev), 0);
  let queues: Pick<Conversation, 'expiring'> = {};
  for (const row of rows.toSorted((a, b) => a.seq - b.seq))
    queues = { ...queues, ...withQueueOf(queues.expiring, row) };
  state.putPaged({ ...headerOf(first), ...queues, lastSeq, rev, paged: lastSeq });
  return true;
}

/** The header of the conversation of a message, before its first message. Of a group only this sender is known. */
export function headerOf({ conversationId, senderId, receiverId, rev }: StoredMessage): Conversation {
  if (receiverId === undefined) {
    return placeholderGroup(
      conversationId,
      [{ userId: senderId, role: 'owner', fromSeq: 1, joinedSeq: 0 }],
      rev,
    );
  }
  const members: [Id, Id] = senderId < receiverId ? [senderId, receiverId] : [receiverId, senderId];
  return { id: conversationId, kind: 'direct', members, lastSeq: 0, befriendedRev: 0, rev };
}
