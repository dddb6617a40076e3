import { describe, expect, it } from 'vitest';
import { readAbout, readDisplayName } from '../../chat-core/src/people/profile-text.ts';
import { isBlank as isBlankInCore, readText } from '../../chat-core/src/wire/text.ts';
import { isBlank } from './blank.ts';

/** Default_Ignorable_Code_Point, as Unicode 16's DerivedCoreProperties.txt lists it. */
const IGNORABLE = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfff8],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];
/** General category Z, line ends, and glyphs that are drawn blank. */
const EMPTY = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0x2800, 0x2800],
  [0x1d159, 0x1d159],
];
const all = [...IGNORABLE, ...EMPTY].flatMap(([from = 0, to = 0]) =>
  Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n)),
);

const SEEN = [
  'a',
  '.',
  'ا',
  '字',
  '❤️',
  '❤',
  '☺️',
  '👨‍👩‍👧‍👦',
  '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '🇮🇩',
  '1️⃣',
  '#️⃣',
  '👍🏽',
  '⠁',
  'ꦲ',
  '́',
  '​x​',
  'ㅤhaiㅤ',
];

describe('a text without a visible character', () => {
  it('a text of blank characters is blank for page and server, one of every kind and all together', () => {
    expect(all.length).toBeGreaterThan(4000);
    for (const one of [...all, '', all.join('')])
      expect([one.codePointAt(0)?.toString(16), isBlank(one), isBlankInCore(one)]).toEqual([
        one.codePointAt(0)?.toString(16),
        true,
        true,
      ]);
  });

  it('a text with one visible character is not blank, wherever the character is', () => {
    for (const seen of SEEN)
      for (const text of [seen, ` ${seen} `, `\u3164${seen}\ufe0f`, `\u200d${seen}`])
        expect([text, isBlank(text), isBlankInCore(text)]).toEqual([text, false, false]);
  });

  it('page and server agree for every Unicode character', () => {
    for (let point = 0; point <= 0x10ffff; point++) {
      const one = String.fromCodePoint(point);
      if (isBlank(one) !== isBlankInCore(one))
        throw new Error(`U+${point.toString(16)} is decided differently`);
    }
  });

  it('a blank text is refused as a message and a name and empties an about text, and a visible text stays as it is', () => {
    const blanks = [
      '\u3164',
      '\u2800',
      '\u115f\u1160',
      '\uffa0',
      '\u034f',
      '\ufe0f',
      '\u3000 \u200b',
      '\u{e0061}',
    ];
    for (const blank of blanks) {
      expect(() => readText(blank)).toThrow();
      expect(() => readDisplayName(blank)).toThrow();
      expect(readAbout(blank)).toBe('');
    }
    for (const seen of SEEN) {
      expect(readText(seen)).toBe(seen);
      expect(readDisplayName(seen)).toBe(seen);
      expect(readAbout(seen)).toBe(seen);
    }
  });
});
