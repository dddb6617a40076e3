import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText } from './fold-text.ts';
import { matchesAll, readTerms } from './match.ts';

const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 500), seed: Number(process.env.FUZZ_SEED ?? 17) };
const isFound = (query: string, text: string) => matchesAll(readTerms(query), [text]);

/** Words of a text as a person would list them, one code point after the other. */
function wordsOf(text: string): string[] {
  const words = [''];
  for (const one of foldText(text)) {
    if (/[\p{L}\p{N}]/u.test(one)) words[words.length - 1] += one;
    else words.push('');
  }
  return words.filter((word) => word !== '');
}

const LETTERS = ['a', 'b', 'É', 'e\u0301', 'ß', 'ss', 'İ', 'i', 'ς', 'σ', 'Σ', 'ﬁ', '1', 'ŋ', '𝒜', '𐐀'];
const GAPS = [' ', '-', '.', '\n', '’', '_', ',  '];
const text = fc
  .array(fc.constantFrom(...LETTERS, ...LETTERS, ...GAPS), { maxLength: 14 })
  .map((parts) => parts.join(''));

describe('folding texts', () => {
  it.each([
    ['Café', 'CAFE'],
    ['naïve', 'Naive'],
    ['STRASSE', 'straße'],
    ['ﬁlm', 'FILM'],
    ['ΣΟΦΟΣ', 'σοφος'],
    ['İstanbul', 'istanbul'],
    ['ＡＢＣ', 'abc'],
    ['Åse', 'a\u030ase'],
    ['Việt', 'viet'],
    ['fem\u00adme', 'femme'],
  ])('%s and %s are the same', (a, b) => {
    expect(foldText(a)).toBe(foldText(b));
  });

  it('folding twice is folding once, and case and composition never matter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        const folded = foldText(any);
        expect(foldText(folded)).toBe(folded);
        expect(foldText(any.normalize('NFD'))).toBe(folded);
        expect(foldText(any.normalize('NFC'))).toBe(folded);
      }),
      RUNS,
    );
  });
});

describe('matching texts', () => {
  it('a text is found exactly when each word of the query begins one of its words, as in a naive model', () => {
    fc.assert(
      fc.property(text, text, (query, content) => {
        const [asked, words] = [wordsOf(query), wordsOf(content)];
        fc.pre(asked.length > 0);
        const expected = asked.every((term) => words.some((word) => word.startsWith(term)));
        expect(isFound(query, content)).toBe(expected);
      }),
      RUNS,
    );
  });

  it('a text is found by the beginnings of its own words, in any order and case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(), (content, n) => {
        const words = wordsOf(content);
        fc.pre(words.length > 0);
        const word = [...(words[n % words.length] ?? '')];
        const begin = word.slice(0, 1 + (n % word.length)).join('');
        expect(isFound(`${begin.toUpperCase()} ${words[0]}`, content)).toBe(true);
      }),
      RUNS,
    );
  });

  it('all words must occur, in any text of the message, and each at the start of a word', () => {
    expect(isFound('nasi gor', 'Besok masak Nasi Goreng ya')).toBe(true);
    expect(isFound('goreng nasi', 'Besok masak nasi goreng ya')).toBe(true);
    expect(isFound('oreng', 'nasi goreng')).toBe(false);
    expect(isFound('nasi rendang', 'nasi goreng')).toBe(false);
    expect(matchesAll(readTerms('nasi foto'), ['nasi goreng', 'foto.jpg'])).toBe(true);
    expect(isFound('jpg', 'IMG_2024.jpg')).toBe(true);
    expect(isFound('sari@example', 'tulis ke sari@example.org')).toBe(true);
  });

  it('emoji are found anywhere, and words of scripts without spaces too', () => {
    expect(isFound('😀', 'bagus😀')).toBe(true);
    expect(isFound('❤️', 'aku❤')).toBe(true);
    expect(isFound('京都', '明日東京都へ')).toBe(true);
    expect(isFound('ไทย', 'ภาษาไทย')).toBe(true);
  });

  it('a query of nothing but spaces and punctuation has no terms', () => {
    for (const query of ['', '  ', '?!', '…', '\u200d', '—"']) expect(readTerms(query)).toEqual([]);
  });
});
