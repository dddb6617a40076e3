import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAbout, readDisplayName } from './profile-text.ts';

const refused = expect.objectContaining({ code: 'INVALID_PROFILE' });

describe('a display name', () => {
  it.each([
    ['is blank', ' \n '],
    ['shows nothing', '\u200b\u2060'],
    ['only turns directions', '\u202e\u2066'],
    ['holds NUL', 'a\0b'],
    ['holds a lone surrogate', 'a\udc00'],
    ['has 65 code points', 'a'.repeat(65)],
  ])('is refused when it %s', (_, raw) => {
    expect(() => readDisplayName(raw)).toThrow(refused);
  });

  it('is one line, without controls and without what turns the direction of text beside it', () => {
    expect(readDisplayName(' Sari\n\tDewi\u0007 \u202eirad\u2069 ')).toBe('Sari Dewi irad');
    expect(readDisplayName('👩‍🌾'.repeat(21))).toHaveLength(105);
    expect(readDisplayName('<b>Sari</b>')).toBe('<b>Sari</b>');
  });

  it('may be taken away, and is the same read twice', () => {
    expect(readDisplayName('')).toBe('');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (raw) => {
        let once: string;
        try {
          once = readDisplayName(raw);
        } catch {
          return true;
        }
        return readDisplayName(once) === once;
      }),
    );
  });
});

describe('what a person says about themselves', () => {
  it('keeps its lines, is at most 200 code points, and blank is nothing', () => {
    expect(readAbout(' Di kebun.\nPulang sore. ')).toBe('Di kebun.\nPulang sore.');
    expect(readAbout(' \u200b\n')).toBe('');
    expect(readAbout('🍉'.repeat(200))).toHaveLength(400);
    expect(() => readAbout('a'.repeat(201))).toThrow(refused);
    expect(() => readAbout('a\0')).toThrow(refused);
  });
});
