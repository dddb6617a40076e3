import { join } from 'node:path';
import type { Id } from '../../../wire/wire.ts';
import type { Disk } from '../disk/disk.ts';
import type { KeyedDisk } from '../disk/keyed-disk.ts';
import { CorruptionError, PageFile } from './page-file.ts';

/** Number of rows in a page of users or of conversation headers. */
export const ROWS_A_PAGE = 64;

/** Assigns rows to pages, numbered from 1, in the order of their creation. A row never changes its page. */
export class RowPages {
  private readonly order: Id[] = [];
  private readonly indexes = new Map<Id, number>();
  /** Pages with rows that changed since the page was written. */
  readonly changed = new Set<number>();

  /** Records that a row is new or changed. */
  change(id: Id): void {
    const index = this.indexes.get(id) ?? this.order.push(id) - 1;
    this.indexes.set(id, index);
    this.changed.add(Math.floor(index / ROWS_A_PAGE) + 1);
  }

  /** The ids of the rows of one page. */
  on(page: number): Id[] {
    return this.order.slice((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE);
  }
}

/** Kinds of rows with numbered pages in a folder of their own, named like the kind. */
export type RowKind = 'users' | 'conversations' | 'invites' | 'uploads';

export function rowFile(folder: string, kind: RowKind, page: number): string {
  return join(folder, kind, `${String(page).padStart(4, '0')}.json`);
}

/** The numbers of the existing pages of one kind, ascending. */
export async function rowPagesIn(disk: Disk, folder: string, kind: RowKind): Promise<number[]> {
  const names = (await disk.list(join(folder, kind))).filter((name) => /^\d{4,}\.json$/.test(name));
  return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
}

/** Number of pages for so many rows. */
export const pagesFor = (rows: number): number => Math.ceil(rows / ROWS_A_PAGE);

/** The rows of at least `pages` pages of one kind, page by page. @throws CorruptionError when one is missing or unreadable */
export async function* rowsOf<Row>(
  disk: KeyedDisk,
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
