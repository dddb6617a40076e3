/** A mark and what stands between it and its twin; a link is a text that marks do not split. */
export type Inline = string | { mark: Mark; children: Inline[] };
/** `text` may have several lines; `items` of a list, `lines` of a quote; `start` is the first number of a list with numbers. */
export type Block = { source: string } & (
  | { kind: 'text' | 'quote'; children: Inline[] }
  | { kind: 'code'; code: string }
  | { kind: 'list'; start?: number; items: Inline[][] }
);
type Mark = '*' | '_' | '~' | '`';

/** The part of a line from one index to another. */
type Range = { start: number; end: number };

const FENCE = '```';
const WORD = /[\p{L}\p{M}\p{N}]/u;
const SPACE = /\s/;
const QUOTE = /^> ?/;
const BULLET = /^[-*] (?=\S)/;
const NUMBER = /^(\d{1,4})\. (?=\S)/;

/**
 * The blocks of a message, by the rules of WhatsApp: `*bold*`, `_italic_`, `~struck~` and `` `code` `` at the borders of
 * words within a line, code between three backquotes, quotes (`> `) and lists (`- `, `1. `). Takes linear time; the sources
 * of the blocks, joined, are the text. `linksOf` returns the parts of a line that are links, which marks do not split.
 */
export function parseFormat(text: string, linksOf: (line: string) => Range[] = () => []): Block[] {
  const blocks: Block[] = [];
  const inlinesOf = (line: string) => parseLine(line, linksOf(line));

  function addLines(lines: string): void {
    for (const line of lines.match(/[^\n]*\n|[^\n]+$/g) ?? []) addLine(line);
  }

  function addLine(line: string): void {
    const last = blocks.at(-1);
    const bare = line.replace(/\n$/, '');
    const number = NUMBER.exec(bare);
    const prefix = number?.[0] ?? BULLET.exec(bare)?.[0];
    if (prefix) {
      const item = inlinesOf(bare.slice(prefix.length));
      const isSame = last?.kind === 'list' && (last.start === undefined) === !number;
      if (isSame && (!number || Number(number[1]) === (last.start ?? 0) + last.items.length)) {
        last.items.push(item);
        last.source += line;
      } else {
        const start = number ? { start: Number(number[1]) } : {};
        blocks.push({ kind: 'list', source: line, items: [item], ...start });
      }
      return;
    }
    const kind = QUOTE.test(bare) ? 'quote' : 'text';
    const children = inlinesOf(kind === 'quote' ? bare.replace(QUOTE, '') : bare);
    if (last?.kind === kind) {
      last.children.push('\n', ...children);
      last.source += line;
    } else blocks.push({ kind, source: line, children });
  }

  let from = 0;
  while (from < text.length) {
    const open = text.indexOf(FENCE, from);
    const close = open === -1 ? -1 : text.indexOf(FENCE, open + FENCE.length + 1);
    if (close === -1) break;
    addLines(text.slice(from, open));
    const code = text.slice(open + FENCE.length, close).replace(/^\n|\n$/g, '');
    const end = close + FENCE.length;
    from = text[end] === '\n' ? end + 1 : end;
    blocks.push({ kind: 'code', source: text.slice(open, from), code });
  }
  addLines(text.slice(from));
  return blocks;
}

/** A text that does not match this has no format. */
const MAY_HAVE_FORMAT = /[*_~`]|^(?:>|- |\d+\. )/m;
/** Every row of the list formats its preview at every update. */
const MAX_CACHED = 500;
const cache = new Map<string, string>();

/** The text as it is read: without its marks, and the items of lists and the lines of quotes as lines. */
export function plainText(text: string): string {
  if (!MAY_HAVE_FORMAT.test(text)) return text;
  const known = cache.get(text) ?? withoutMarks(text);
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(text, known);
  return known;
}

function withoutMarks(text: string): string {
  const flat = (inlines: readonly Inline[]): string =>
    inlines.map((part) => (typeof part === 'string' ? part : flat(part.children))).join('');
  const lines = parseFormat(text).map((block) => {
    if (block.kind === 'code') return block.code;
    return block.kind === 'list'
      ? block.items.map((item) => `• ${flat(item)}`).join('\n')
      : flat(block.children);
  });
  return lines.join('\n');
}

/** Each mark nests once, and each index is visited once: `closers` are walked forwards only. */
function parseLine(line: string, links: readonly Range[]): Inline[] {
  const closers: Record<string, number[]> = { '*': [], _: [], '~': [], '`': [] };
  /** How many closers of each mark are behind. */
  const passed: Record<string, number> = { '*': 0, _: 0, '~': 0, '`': 0 };
  const before = (index: number) => line[index - 1] ?? ' ';
  const after = (index: number) => line[index + 1] ?? ' ';
  const endOfLink = new Map(links.map(({ start, end }) => [start, end]));
  const isBorder = (char: string, mark: string) => char !== mark && !WORD.test(char);

  for (let index = 0; index < line.length; index++) {
    const end = endOfLink.get(index);
    if (end) index = end;
    const mark = line[index] ?? '';
    const found = closers[mark];
    if (found && !SPACE.test(before(index)) && before(index) !== mark && isBorder(after(index), mark))
      found.push(index);
  }

  function closerAfter(index: number, to: number): number | undefined {
    const mark = line[index] ?? '';
    const found = closers[mark] ?? [];
    let next = passed[mark] ?? 0;
    while (next < found.length && (found[next] ?? to) <= index + 1) next += 1;
    passed[mark] = next;
    const closer = found[next] ?? to;
    return closer < to ? closer : undefined;
  }

  function parse(from: number, to: number, active: string): Inline[] {
    const parts: Inline[] = [];
    let start = from;
    for (let index = from; index < to; index++) {
      const end = endOfLink.get(index);
      if (end) {
        index = end - 1;
        continue;
      }
      const mark = line[index] ?? '';
      const isOpener =
        mark in closers &&
        !active.includes(mark) &&
        isBorder(before(index), mark) &&
        !SPACE.test(after(index)) &&
        after(index) !== mark;
      const closer = isOpener ? closerAfter(index, to) : undefined;
      if (closer === undefined) continue;
      if (index > start) parts.push(line.slice(start, index));
      const inner = mark === '`' ? [line.slice(index + 1, closer)] : parse(index + 1, closer, active + mark);
      parts.push({ mark: mark as Mark, children: inner });
      index = closer;
      start = closer + 1;
    }
    if (to > start) parts.push(line.slice(start, to));
    return parts;
  }

  return parse(0, line.length, '');
}
