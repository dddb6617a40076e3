import type { ParsedChat } from './imported-chat.ts';

const DAY_MS = 24 * 3600 * 1000;

/** What an import will bring, as the person sees it before anything is sent. */
export type ImportReport = {
  messages: number;
  /** The names of authors with how many messages each wrote, the most active first. */
  authors: { name: string; messages: number }[];
  from: number;
  to: number;
  /** Messages that are dated more than a day ahead: the box gives them the time of the import. */
  ahead: number;
  media: { found: number; missing: number; bytes: number; leftOut: number };
};

/** Summarises a chat. `sizeOf` says how large a file of the export is, undefined when it is not there. */
export function reportOf(
  { rows, leftOut }: Pick<ParsedChat, 'rows' | 'leftOut'>,
  sizeOf: (file: string) => number | undefined,
  now = Date.now(),
): ImportReport {
  const counts = new Map<string, number>();
  const media = { found: 0, missing: 0, bytes: 0, leftOut };
  let [from, to, ahead] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const { at, name, file } of rows) {
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    const isAhead = at > now + DAY_MS;
    if (isAhead) ahead += 1;
    from = Math.min(from, at);
    to = Math.max(to, isAhead ? now : at);
    if (file === undefined) continue;
    const size = sizeOf(file);
    if (size === undefined) media.missing += 1;
    else {
      media.found += 1;
      media.bytes += size;
    }
  }
  const authors = [...counts].map(([name, messages]) => ({ name, messages }));
  return {
    messages: rows.length,
    authors: authors.sort((a, b) => b.messages - a.messages || a.name.localeCompare(b.name)),
    from: Number.isFinite(from) ? from : 0,
    to,
    ahead,
    media,
  };
}
