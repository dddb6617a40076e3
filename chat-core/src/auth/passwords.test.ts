import { describe, expect, it, vi } from 'vitest';
import { compare, hash } from './bcrypt-client.ts';
import { boxWordsOf, checkPassword, hashPassword, matchesPassword } from './passwords.ts';

vi.mock('./bcrypt-client.ts', { spy: true });

const of = (password: string) => ({ password });
const OWNER = { account: 'sari', network: '203.0.113.1' };

describe('a new password', () => {
  it.each([
    ['is too short', 'sebelas'],
    ['is too short in characters, whatever its bytes', '🌶️🌶️🌶️'],
    ['is longer than any', 'a'.repeat(1025)],
    ['holds a lone surrogate', 'panjang sekali \ud800'],
    ['holds NUL', 'panjang\0sekali'],
  ])('a new password is refused when it %s', (_, password) => {
    expect(() => checkPassword(password, ['sari'])).toThrow(
      expect.objectContaining({ code: 'INVALID_PASSWORD' }),
    );
  });

  it('a common password and the username itself are refused', () => {
    for (const password of ['password123', 'PASSWORD123', 'sayangku', 'nusantara', 'NUSANTARA']) {
      expect(() => checkPassword(password, ['Nusantara'])).toThrow(
        expect.objectContaining({ code: 'COMMON_PASSWORD' }),
      );
    }
  });

  it('a new password may have exactly 8 characters or 1,024', () => {
    expect(checkPassword('kopi-pkl', ['sari'])).toBe('kopi-pkl');
    expect(checkPassword('b'.repeat(1024), ['sari'])).toHaveLength(1024);
  });

  it.each([
    ['Indonesian', 'a'.repeat(64)],
    ['Javanese', '\ua98f'.repeat(64)],
    ['Chinese', '\u5bc6'.repeat(64)],
    ['emoji', '🌶'.repeat(64)],
  ])('64 characters of any script are a password, of which each counts: %s', async (_, password) => {
    const form = checkPassword(password, ['sari']);
    // The premise: bcrypt by itself cuts it.
    if (Buffer.byteLength(password) > 72)
      expect(await compare(`${password.slice(0, -2)}xx`, await hash(password, 4))).toBe(true);
    const stored = of(await hashPassword(form, OWNER));
    expect(await matchesPassword(password, stored, OWNER)).toBe(true);
    expect(await matchesPassword(`${[...password].slice(0, -1).join('')}x`, stored, OWNER)).toBe(false);
  });

  it.each(['sari.2024', 'SariSari1', 'sari----', 'bisikbisik', 'kebun-bisik-sari-1'])(
    'the password %s is refused, which consists of the username, the names of the server and digits or signs',
    (password) => {
      const words = ['Sari', ...boxWordsOf('https://kebun.example.org')];
      expect(() => checkPassword(password, words)).toThrow(
        expect.objectContaining({ code: 'COMMON_PASSWORD' }),
      );
    },
  );

  it('a password may hold the username or the name of the server beside other words', () => {
    for (const password of ['sari-makan-roti', 'kebun-teh-pagi', '7391-8264-0', 'bisikan-angin'])
      expect(checkPassword(password, ['sari', ...boxWordsOf('https://kebun.example.org')])).toBe(password);
  });

  it('a password is hashed with bcrypt at cost 10 and matches in either Unicode form', async () => {
    const composed = 'caf\u00e9-di-ujung';
    const stored = await hashPassword(checkPassword(composed, ['sari']), OWNER);
    expect(stored).toMatch(/^\$2b\$10\$/);
    expect(await matchesPassword('cafe\u0301-di-ujung', of(stored), OWNER)).toBe(true);
    expect(await matchesPassword('cafe-di-ujung', of(stored), OWNER)).toBe(false);
  });
});

describe('a guess', () => {
  it('a guess that differs after byte 72 does not match, though bcrypt alone would accept it', async () => {
    const stored = await hash('c'.repeat(72), 4);
    const longer = `${'c'.repeat(72)}other`;
    expect(await compare(longer, stored)).toBe(true);
    expect(await matchesPassword(longer, of(stored), OWNER)).toBe(false);
  });

  it('no guess matches where there is no hash', async () => {
    expect(await matchesPassword('no password', undefined, OWNER)).toBe(false);
    expect(await matchesPassword('', undefined, OWNER)).toBe(false);
  });

  const password = `$2b$10$${'.'.repeat(53)}`;
  it.each([
    ['kopi-tubruk-pagi', 1],
    ['salah-sandinya', 1],
    ['d'.repeat(72), 1],
    ['d'.repeat(100), 2],
    ['', 1],
    ['p\u0061\u0308ssword', 2],
    ['\ufb01sh\u2460\u2461', 2],
    ['\ufb01'.repeat(40), 2],
  ])(
    'the guess %j takes the same work for every account: as many comparisons at cost 10 as its text alone requires',
    async (guess, count) => {
      for (const known of [of(password), { ...of(password), rawPassword: true as const }, undefined]) {
        vi.mocked(compare).mockClear();
        await matchesPassword(guess, known, OWNER);
        const costs = vi.mocked(compare).mock.calls.map(([, against]) => against.slice(0, 7));
        expect([known, costs]).toEqual([known, Array(count).fill('$2b$10$')]);
      }
    },
  );

  it('of the guesses at one account that arrive at once only some wait, and the others are refused', async () => {
    const stored = await hash('kopi-tubruk', 4);
    const guesses = Array.from({ length: 20 }, () => matchesPassword('kopi-tubruk', of(stored), OWNER));
    const answers = await Promise.allSettled(guesses);
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(20 - 2 - 4);
    expect(refused[0]).toMatchObject({ reason: { code: 'TOO_MANY_REQUESTS', retryAfter: 5 } });
    expect(await matchesPassword('kopi-tubruk', of(stored), OWNER)).toBe(true);
  });
});

describe('a password of an imported account', () => {
  const typed = [
    ['80 bytes, of which bcrypt reads 72', 'p'.repeat(80)],
    ['decomposed characters', 'pa\u0308ssword'],
    ['characters that NFKC changes', '\ufb01sh\u2460\uff12\uff13\uff14x'],
    ['fewer characters than a new password needs', 'abc'],
    ['80 bytes that NFKC changes', '\uff50'.repeat(30)],
  ];

  it.each(typed)(
    'an imported password of %s matches as it was typed, where another program hashed it',
    async (_, password) => {
      const stored = await hash(password, 4);
      expect(await matchesPassword(password, { password: stored, rawPassword: true }, OWNER)).toBe(true);
      expect(await matchesPassword(`x${password}`, { password: stored, rawPassword: true }, OWNER)).toBe(
        false,
      );
    },
  );

  it('an imported password typed in another Unicode form matches where its NFKC form was hashed', async () => {
    const stored = await hash('p\u00e4ssword', 4);
    expect(await matchesPassword('pa\u0308ssword', { password: stored, rawPassword: true }, OWNER)).toBe(
      true,
    );
  });

  it('a hash of a higher cost than 14 is not compared, and a guess at it takes the same work as any other', async () => {
    vi.mocked(compare).mockClear();
    const costly = (await hash('kopi-tubruk', 4)).replace('$04$', '$31$');
    expect(await matchesPassword('kopi-tubruk', { password: costly, rawPassword: true }, OWNER)).toBe(false);
    expect(vi.mocked(compare).mock.calls.map(([, against]) => against.slice(0, 7))).toEqual(['$2b$10$']);
  });

  it('an imported password with NUL or a lone surrogate never matches', async () => {
    const stored = await hash('\ufffd', 4);
    expect(await matchesPassword('\ud800', { password: stored, rawPassword: true }, OWNER)).toBe(false);
    expect(await matchesPassword('\0', { password: await hash('', 4), rawPassword: true }, OWNER)).toBe(
      false,
    );
  });
});
