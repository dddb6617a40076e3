const IGNORED = /[\p{M}\p{Cf}]+/gu;
const TERMS = /[\p{L}\p{N}]+|[^\s\p{L}\p{N}\p{P}\p{C}]+/gu;
/** A word with its marks; the beginning of one may be what is searched for. */
const WORDS = /[\p{L}\p{N}][\p{L}\p{N}\p{M}\p{Cf}]*/gu;
/** Symbols, and scripts that write no spaces: found anywhere. */
const ANYWHERE =
  /^(?:[^\p{L}\p{N}]|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])/u;
const MAX_SNIPPET = 240;
const CONTEXT = 40;

/** A part of a text, and whether it is what was searched for. */
export type Part = { text: string; isMarked: boolean };

/** A text without case and diacritics, as the server compares them. */
export function fold(text: string): string {
  const folded = text.normalize('NFKD').replace(IGNORED, '').toUpperCase().toLowerCase();
  return folded.normalize('NFKD').replace(IGNORED, '').replaceAll('ς', 'σ');
}

/** The terms of a query, as the server reads them. */
export function readTerms(query: string): string[] {
  return [...new Set(fold(query).match(TERMS))].sort((a, b) => b.length - a.length);
}

/** Whether each term is found in one of the texts. */
export function matchesAll(terms: readonly string[], texts: readonly string[]): boolean {
  return terms.every((term) => texts.some((text) => rangesOf(text, [term]).length > 0));
}

/** The part of a text around its first match, in one line, with what matches marked. */
export function snippet(text: string, terms: readonly string[]): Part[] {
  const line = text.replace(/\s+/g, ' ').trim();
  const first = rangesOf(line, terms)[0]?.[0] ?? 0;
  const space = first > CONTEXT ? line.indexOf(' ', first - CONTEXT) : -1;
  // A cut never parts a surrogate pair, since it is at a space.
  const from = space >= 0 && space < first ? space + 1 : 0;
  const shown =
    (from > 0 ? '…' : '') + [...line.slice(from, from + 2 * MAX_SNIPPET)].slice(0, MAX_SNIPPET).join('');
  const parts: Part[] = [];
  let end = 0;
  for (const [begin, stop] of rangesOf(shown, terms)) {
    parts.push({ text: shown.slice(end, begin), isMarked: false });
    parts.push({ text: shown.slice(begin, stop), isMarked: true });
    end = stop;
  }
  parts.push({ text: shown.slice(end), isMarked: false });
  return parts.filter(({ text: part }) => part !== '');
}

/** Where a text has the terms, ascending and apart. */
function rangesOf(text: string, terms: readonly string[]): [number, number][] {
  const ranges = terms.flatMap((term) =>
    ANYWHERE.test(term) ? placesOf(text, term) : beginningsOf(text, term),
  );
  ranges.sort(([a], [b]) => a - b);
  const apart: [number, number][] = [];
  for (const [begin, stop] of ranges) {
    const last = apart.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], stop);
    else apart.push([begin, stop]);
  }
  return apart;
}

function beginningsOf(text: string, term: string): [number, number][] {
  const found: [number, number][] = [];
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    if (!fold(word).startsWith(term)) continue;
    found.push([index, index + prefixLength(word, term)]);
  }
  return found;
}

/** The length of the beginning of a word that is a term when it is folded, with the marks that follow. */
function prefixLength(word: string, term: string): number {
  let length = 0;
  for (const letter of word) {
    const isMark = /[\p{M}\p{Cf}]/u.test(letter);
    if (!isMark && fold(word.slice(0, length)).length >= term.length) break;
    length += letter.length;
  }
  return length;
}

function placesOf(text: string, term: string): [number, number][] {
  const found: [number, number][] = [];
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + term.length))
    found.push([at, at + term.length]);
  return found;
}
