import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAbout, readDisplayName } from './profile-text.ts';

const refused = expect.objectContaining({ code: 'INVALID_PROFILE' });

describe('a display name', () => {
  it.each([
    ['is blank', ' \n '],
    ['shows nothing', '\u200b\u2060'],
    ['has only direction marks', '\u202e\u2066'],
    ['holds NUL', 'a\0b'],
    ['holds a lone surrogate', 'a\udc00'],
    ['has 65 code points', 'a'.repeat(65)],
  ])('a display name is refused when it %s', (_, raw) => {
    expect(() => readDisplayName(raw)).toThrow(refused);
  });

  it('a display name becomes one line, without control characters and direction marks', () => {
    expect(readDisplayName(' Sari\n\tDewi\u0007 \u202eirad\u2069 ')).toBe('Sari Dewi irad');
    expect(readDisplayName('👩‍🌾'.repeat(21))).toHaveLength(105);
    expect(readDisplayName('<b>Sari</b>')).toBe('<b>Sari</b>');
  });

  it('a display name may be empty, and cleaning it twice changes nothing', () => {
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

describe('the about text', () => {
  it('the about text may have several lines, has at most 200 code points, and is empty when blank', () => {
    expect(readAbout(' Di kebun.\nPulang sore. ')).toBe('Di kebun.\nPulang sore.');
    expect(readAbout(' \u200b\n')).toBe('');
    expect(readAbout('🍉'.repeat(200))).toHaveLength(400);
    expect(() => readAbout('a'.repeat(201))).toThrow(refused);
    expect(() => readAbout('a\0')).toThrow(refused);
  });
});
