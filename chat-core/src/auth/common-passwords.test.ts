import { describe, expect, it } from 'vitest';
import { isCommonPassword } from './common-passwords.ts';

/** What guessers try first, in several countries and in Indonesia, as people write it where eight characters are needed. */
const GUESSED_FIRST =
  `12345678 123456789 1234567890 87654321 11111111 00000000 88888888 12341234 11223344 123123123
  147258369 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qwertyui qwertyuiop qwerty123 qwerty12 zxcvbnm1 password Password1
  password123 P@ssw0rd passw0rd p@ssword letmein1 welcome1 welcome123 iloveyou iloveyou1 sunshine princess football
  baseball superman superman1 starwars whatever trustno1 dragon123 monkey123 master123 internet
  samsung1 google123 facebook instagram whatsapp admin123 administrator changeme secret123 abcd1234 abcdefgh abc12345
  a1234567 aaaaaaaa michelle jennifer charlie1 michael1 liverpool liverpool99 chelsea1 manchester arsenal2024 barcelona
  realmadrid pokemon1 naruto123 onepiece minecraft freefire99 mobilelegends indonesia Indonesia1945 jakarta123
  bandung2024 surabaya1 bismillah Bismillah99 alhamdulillah rahasia123 katasandi sayangku sayangku1 cintaku2023
  merdeka45! persib1933 keluarga7 semangat!`.split(/\s+/);

describe('common passwords', () => {
  it('91 passwords that are guessed first are known, also with digits or signs behind the word', () => {
    expect(GUESSED_FIRST).toHaveLength(91);
    expect(GUESSED_FIRST.filter((word) => !isCommonPassword(word))).toEqual([]);
  });

  it('passwords of several words, and random ones, are not among the common ones', () => {
    const good = [
      'teh-poci-sore',
      'jahe-hangat-malam',
      'kopi-pkl',
      'qZ7#mW2x',
      'empat kuda makan roti',
      '🌶🥭🍌🥥🍍🍉🍇🍓',
    ];
    expect(good.filter(isCommonPassword)).toEqual([]);
  });

  it('the first and the last word of the list are found, and nothing before, between and after them', () => {
    // The list is sorted by bytes: signs come first, then digits, then letters.
    expect(['!qaz2wsx', 'zzzzzzzzzz'].map(isCommonPassword)).toEqual([true, true]);
    expect([' !', '!', '~~~~~~~~~~~', 'aaaaaaaazzzzq'].map(isCommonPassword)).toEqual(Array(4).fill(false));
  });
});
