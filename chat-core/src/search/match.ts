import type { Message } from '../wire/wire.ts';
import { foldText } from './fold-text.ts';

/** Runs of letters and digits, or of symbols such as emoji; punctuation and white space only separate. */
const TERMS = /[\p{L}\p{N}]+|[^\s\p{L}\p{N}\p{P}\p{C}]+/gu;
const IN_WORD = /[\p{L}\p{N}]$/u;
/** Scripts that write no spaces between words: in them a term is found anywhere. */
const UNSPACED =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const SYMBOL = /^[^\p{L}\p{N}]/u;

/** The terms of what a person searches for, folded, each once, the longest first; empty when there is nothing to find. */
export function readTerms(query: string): string[] {
  const terms = new Set(foldText(query).match(TERMS));
  return [...terms].sort((a, b) => b.length - a.length);
}

/** Whether each term is the beginning of a word of these texts, or a symbol in them. */
export function matchesAll(terms: readonly string[], texts: readonly string[]): boolean {
  const folded = texts.map(foldText);
  return terms.every((term) => folded.some((text) => hasTerm(text, term)));
}

/** Whether a term is the beginning of a word of a folded text, or a symbol in it. */
export function hasTerm(text: string, term: string): boolean {
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (at === 0 || SYMBOL.test(term) || UNSPACED.test(term)) return true;
    // Two units, so that a letter outside the Basic Multilingual Plane is seen whole.
    if (!IN_WORD.test(text.slice(Math.max(0, at - 2), at))) return true;
  }
  return false;
}

/** What of an opened message is searched: its text or its poll, and the names and descriptions of its files. */
export function searchableTexts({ content, poll, attachments = [] }: Message): string[] {
  const files = attachments.flatMap(({ name, alt }) => (alt === undefined ? [name] : [name, alt]));
  if (!poll) return [content, ...files];
  return [poll.question, ...poll.answers.map(({ text }) => text), ...files];
}
