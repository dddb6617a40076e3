import { describe, expect, it, vi } from 'vitest';
import { compare, hash } from './hashing.ts';
import { checkPassword, hashPassword, matchesPassword } from './passwords.ts';

vi.mock('./hashing.ts', { spy: true });

describe('a new password', () => {
  it.each([
    ['is too short', 'sebelas'],
    ['is too short in characters, whatever its bytes', '🌶️🌶️🌶️'],
    ['is longer than the 72 bytes bcrypt reads', 'a'.repeat(73)],
    ['is longer in bytes, not in characters', '🌶'.repeat(19)],
    ['holds a lone surrogate', 'panjang sekali \ud800'],
    ['holds NUL', 'panjang\0sekali'],
  ])('is refused when it %s', (_, password) => {
    expect(() => checkPassword(password, 'sari')).toThrow(
      expect.objectContaining({ code: 'INVALID_PASSWORD' }),
    );
  });

  it('is refused when everybody guesses it, or when it is the username', () => {
    for (const password of ['password123', 'PASSWORD123', 'sayangku', 'nusantara', 'NUSANTARA']) {
      expect(() => checkPassword(password, 'Nusantara')).toThrow(
        expect.objectContaining({ code: 'COMMON_PASSWORD' }),
      );
    }
  });

  it('may have exactly 8 characters or 72 bytes', () => {
    expect(checkPassword('kopi-pkl', 'sari')).toBe('kopi-pkl');
    expect(checkPassword('b'.repeat(72), 'sari')).toHaveLength(72);
  });

  it('is hashed with bcrypt at cost 10, and typed either way the same', async () => {
    const composed = 'caf\u00e9-di-ujung';
    const stored = await hashPassword(checkPassword(composed, 'sari'));
    expect(stored).toMatch(/^\$2b\$10\$/);
    expect(await matchesPassword('cafe\u0301-di-ujung', stored)).toBe(true);
    expect(await matchesPassword('cafe-di-ujung', stored)).toBe(false);
  });
});

describe('a guess', () => {
  it('with another tail after byte 72 does not match, though bcrypt alone would take it', async () => {
    const stored = await hash('c'.repeat(72), 4);
    const longer = `${'c'.repeat(72)}other`;
    expect(await compare(longer, stored)).toBe(true);
    expect(await matchesPassword(longer, stored)).toBe(false);
  });

  it('never matches where there is no hash', async () => {
    expect(await matchesPassword('no password', undefined)).toBe(false);
    expect(await matchesPassword('', undefined)).toBe(false);
  });

  it('takes the same work whether there is a hash or not, and whatever is guessed: one comparison at cost 10', async () => {
    const stored = await hashPassword('kopi-tubruk-pagi');
    const guesses: [string, string | undefined][] = [
      ['kopi-tubruk-pagi', stored],
      ['salah-sandinya', stored],
      ['salah-sandinya', undefined],
      ['d'.repeat(100), stored],
      ['\ud800', undefined],
      ['', undefined],
    ];
    for (const [guess, known] of guesses) {
      vi.mocked(compare).mockClear();
      await matchesPassword(guess, known);
      const costs = vi.mocked(compare).mock.calls.map(([, against]) => against.slice(0, 7));
      expect([guess, costs]).toEqual([guess, ['$2b$10$']]);
    }
  });

  it('waits its turn, two at once, and is refused when too many wait', async () => {
    const stored = await hash('kopi-tubruk', 4);
    const guesses = Array.from({ length: 70 }, () => matchesPassword('kopi-tubruk', stored));
    const answers = await Promise.allSettled(guesses);
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(70 - 2 - 64);
    expect(refused[0]).toMatchObject({ reason: { code: 'TOO_MANY_REQUESTS', retryAfter: 5 } });
    expect(await matchesPassword('kopi-tubruk', stored)).toBe(true);
  });
});
