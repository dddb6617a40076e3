import { randomBytes } from 'node:crypto';

/** A word that occurs nowhere else. */
export const canary = (): string => `k${randomBytes(9).toString('hex')}`;

/** All forms in which a word may occur: as it is, as a code that is typed otherwise, in hex, and in base64 at each of the three offsets. */
export function formsOf(word: string): string[] {
  const bytes = Buffer.from(word);
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
  const code = word.toLowerCase().replaceAll('-', '');
  return [word, code, code.toUpperCase(), bytes.toString('hex'), ...base64];
}
