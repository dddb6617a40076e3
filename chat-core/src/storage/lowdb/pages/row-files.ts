import { join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { CorruptionError, PageFile } from './page-file.ts';
import { ROWS_A_PAGE } from './row-pages.ts';

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
