import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import type { Account, Conversation, StoredMessage } from '../../store.ts';
import type { Disk } from '../disk/disk.ts';
import { pageOf } from '../pages/message-pages.ts';
import { CorruptionError, PageFile } from '../pages/page-file.ts';
import { type RowKind, rowFile, rowPagesIn } from '../pages/row-files.ts';
import { ROWS_A_PAGE } from '../pages/row-pages.ts';
import type { State } from '../state/state.ts';
import type { Note } from './integrity-scan-journal.ts';
import { salvage } from './integrity-scan-pages.ts';

/** Rows of the pages of one kind that read, and how many rows are in none of these; undefined when that is not known. */
type FoundRows<Row> = { rows: Row[]; unread: number | undefined; broken: string[] };

/** Rows of all pages of a kind that read; the others are noted. Pages hold `counted` rows at least. */
export async function findRows<Row>(
  disk: Disk,
  folder: string,
  kind: RowKind,
  { pages, rows: counted }: { pages: number; rows: number },
  note: Note,
): Promise<FoundRows<Row>> {
  const numbers = await rowPagesIn(disk, folder, kind);
  const last = Math.max(pages, numbers.at(-1) ?? 0);
  const found: FoundRows<Row> = { rows: [], unread: 0, broken: [] };
  let lastRows: number | undefined;
  for (let number = 1; number <= last; number++) {
    const path = rowFile(folder, kind, number);
    const rows = await readRows<Row>(disk, path, kind, note);
    lastRows = rows?.length;
    if (rows) found.rows.push(...rows);
    else found.broken.push(path);
  }
  if (found.broken.length === 0) {
    found.unread = Math.max(0, counted - found.rows.length);
    const what = `${found.unread} of ${counted} rows are missing`;
    if (found.unread > 0) note(rowFile(folder, kind, pages), 0, what);
    return found;
  }
  // Every page but the last one is full.
  const before = (last - 1) * ROWS_A_PAGE;
  const isKnown = lastRows !== undefined || counted > before;
  found.unread = isKnown ? Math.max(counted, before + (lastRows ?? 0)) - found.rows.length : undefined;
  return found;
}

async function readRows<Row>(
  disk: Disk,
  path: string,
  kind: RowKind,
  note: Note,
): Promise<Row[] | undefined> {
  try {
    const page = await new PageFile<Record<string, Row[]>>(disk, path).read();
    const rows = page?.[kind];
    if (Array.isArray(rows)) return rows;
    note(path, 0, page ? `it is no page of ${kind}` : 'it is missing');
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    note(path, error.offset, 'it does not read as it was written');
  }
  return undefined;
}

/** Every account in a file that reads as one, however broken the file is around it. */
export async function salvageAccounts(disk: Disk, path: string): Promise<Account[]> {
  const text = (await disk.read(path))?.toString('utf8') ?? '';
  const accounts: Account[] = [];
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) {
    const end = endOfObject(text, at);
    const row = end === undefined ? undefined : parsed(text.slice(at, end));
    if (end === undefined || !isAccount(row)) continue;
    accounts.push(row);
    at = end - 1;
  }
  return accounts;
}

/** Where the object that begins at a brace ends, undefined when it does not. */
function endOfObject(text: string, from: number): number | undefined {
  let [depth, isInText] = [0, false];
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === '"') isInText = !isInText;
    else if (isInText) continue;
    else if (char === '{') depth += 1;
    else if (char === '}' && --depth === 0) return at + 1;
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
 * A conversation whose header is gone: its messages say who talked to whom. What its members had read, and what they
 * deleted for themselves alone, is not known any more. @returns whether anything of it reads
 */
export async function rebuildHeader(disk: Disk, messages: string, id: Id, state: State): Promise<boolean> {
  const folder = join(messages, id);
  const rows: StoredMessage[] = [];
  for (const name of await disk.list(folder)) {
    const found = await salvage(disk, join(folder, name));
    // A row that names another place than its own says nothing about how long the history is.
    const isInPlace = ({ conversationId, seq }: StoredMessage) =>
      conversationId === id && pageOf(seq) === Number.parseInt(name, 10);
    rows.push(...found.filter(isInPlace));
  }
  const [first] = rows;
  if (!first) return false;
  const lastSeq = rows.reduce((max, { seq }) => Math.max(max, seq), 0);
  const rev = rows.reduce((max, row) => Math.max(max, row.rev), 0);
  state.putPaged({ ...headerOf(first), lastSeq, rev, paged: lastSeq });
  return true;
}

/** The header of the conversation a message belongs to, before it holds any. */
export function headerOf({ conversationId, senderId, receiverId, rev }: StoredMessage): Conversation {
  const members: [Id, Id] = senderId < receiverId ? [senderId, receiverId] : [receiverId, senderId];
  return { id: conversationId, kind: 'direct', members, lastSeq: 0, befriendedRev: 0, rev };
}
