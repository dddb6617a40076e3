import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import type { Disk } from '../disk/disk.ts';
import { CorruptionError, PageFile } from './page-file.ts';

/** How many rows share a page of users or of conversation headers. */
export const ROWS_A_PAGE = 64;

/** Which rows stand on which page, pages counted from 1: in the order they were made, and a row keeps its page for ever. */
export class RowPages {
  private readonly order: Id[] = [];
  private readonly places = new Map<Id, number>();
  /** Pages whose rows changed since they were written. */
  readonly changed = new Set<number>();

  /** A row is new, or another than it was. */
  change(id: Id): void {
    const place = this.places.get(id) ?? this.order.push(id) - 1;
    this.places.set(id, place);
    this.changed.add(Math.floor(place / ROWS_A_PAGE) + 1);
  }

  /** The rows of one page. */
  on(page: number): Id[] {
    return this.order.slice((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE);
  }
}

/** Kinds of rows that lie in numbered pages of their own folder, each under its kind's name. */
export type RowKind = 'users' | 'conversations' | 'invites';

export function rowFile(folder: string, kind: RowKind, page: number): string {
  return join(folder, kind, `${String(page).padStart(4, '0')}.json`);
}

/** The numbers of the pages of one kind that are there, ascending. */
export async function rowPagesIn(disk: Disk, folder: string, kind: RowKind): Promise<number[]> {
  const names = (await disk.list(join(folder, kind))).filter((name) => /^\d{4,}\.json$/.test(name));
  return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
}

/** Pages that so many rows of people or of headers take. */
export const pagesFor = (rows: number): number => Math.ceil(rows / ROWS_A_PAGE);

/** The rows of all pages of one kind, page by page. @throws CorruptionError when one is missing, of `pages` at least, or unreadable */
export async function* rowsOf<Row>(
  disk: Disk,
  folder: string,
  kind: RowKind,
  pages = 0,
): AsyncGenerator<Row[]> {
  const numbers = await rowPagesIn(disk, folder, kind);
  for (let number = 1; number <= Math.max(pages, numbers.at(-1) ?? 0); number++) {
    const path = rowFile(folder, kind, number);
    const page = await new PageFile<Record<string, Row[]>>(disk, path).read();
    if (!page) throw new CorruptionError(path, 0, 'it is missing');
    const rows = page[kind];
    if (!Array.isArray(rows)) throw new CorruptionError(path, 0, `it is no page of ${kind}`);
    yield rows;
  }
}
