import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCaption, readText } from './text.ts';

describe('the text of a message', () => {
  it.each([
    ['is blank', ' \n\t '],
    ['shows nothing', '\u200b\u2060\u00ad'],
    ['is empty once controls are gone', '\u0007\u001b'],
    ['holds NUL', 'a\0b'],
    ['holds a lone surrogate', 'a\udc00'],
    ['has 4,001 code points', 'a'.repeat(4001)],
  ])('a text is refused when it %s', (_, raw) => {
    expect(() => readText(raw)).toThrow(expect.objectContaining({ code: 'INVALID_MESSAGE' }));
  });

  it('the text of a message with files may be empty, and is refused for everything else that a text is', () => {
    for (const nothing of ['', ' \n', '\u200b\u0007']) expect(readCaption(nothing)).toBe('');
    expect(readCaption(' Kebun\u0007 ')).toBe(' Kebun ');
    for (const wrong of ['\0', 'a\0b', '\udc00', 'a'.repeat(4001)]) {
      expect(() => readCaption(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_MESSAGE' }));
    }
  });

  it('4,000 emoji are a message: length is counted in code points', () => {
    expect(readText('🍉'.repeat(4000))).toHaveLength(8000);
  });

  it('markup, newline and tab stay as they are; other controls are removed', () => {
    expect(readText('<b>&amp;</b>\r\n\tab\u001b[31m\u0085')).toBe('<b>&amp;</b>\n\tab[31m');
  });

  it('reading an accepted text again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (raw) => {
        let once: string;
        try {
          once = readText(raw);
        } catch {
          return true;
        }
        return readText(once) === once;
      }),
    );
  });
});
