import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText } from '../../../../chat-core/src/search/fold-text.ts';
import * as core from '../../../../chat-core/src/search/match.ts';
import { fold, matchesAll, readTerms, snippet } from './match.ts';

const RUNS = { numRuns: 300, seed: 17 };
const marked = (text: string, query: string) =>
  snippet(text, readTerms(query))
    .map((part) => (part.isMarked ? `[${part.text}]` : part.text))
    .join('');

describe('matching as the server does', () => {
  it('texts are folded and queries read as on the server', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        expect(fold(text)).toBe(foldText(text));
        expect(readTerms(text)).toEqual(core.readTerms(text));
      }),
      RUNS,
    );
  });

  it('what is found of ordinary words is what the server finds', () => {
    const words = fc.array(fc.constantFrom('kopi', 'Kopí', 'ko', 'pagi', 'STRASSE', 'straße', '12', '😀'), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(words, fc.array(words), (query, texts) => {
        const terms = readTerms(query.join(' '));
        const contents = texts.map((one) => one.join(', '));
        expect(matchesAll(terms, contents)).toBe(core.matchesAll(terms, contents));
      }),
      RUNS,
    );
  });
});

describe('the snippet of a hit', () => {
  it('marks the beginnings of words that match, whatever their case and accents', () => {
    expect(marked('Besok masak Nasi Goreng, nasí lagi', 'nas gor')).toBe(
      'Besok masak [Nas]i [Gor]eng, [nas]í lagi',
    );
    expect(marked('aku❤kamu', '❤')).toBe('aku[❤]kamu');
    expect(marked('明日東京都へ', '京都')).toBe('明日東[京都]へ');
    expect(marked('Cafe\u0301 kita', 'café')).toBe('[Cafe\u0301] kita');
  });

  it('begins near the first match, and loses and changes nothing of a short text', () => {
    expect(marked(`${'kata '.repeat(30)}langka di sini`, 'langka')).toMatch(/^…(kata )+\[langka\] di sini$/);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.string({ maxLength: 3 }),
        (text, query) => {
          const whole = snippet(text, readTerms(query)).map((part) => part.text);
          expect(whole.join('')).toBe(text.replace(/\s+/g, ' ').trim());
        },
      ),
      RUNS,
    );
  });
});
