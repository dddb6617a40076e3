import { hash, randomBytes } from 'node:crypto';

/** Crockford's base 32: no letter is taken for a digit, and case does not matter. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const LOOK_ALIKE: Record<string, string> = { o: '0', i: '1', l: '1' };

/** What a code is for: one never passes for another kind. */
export type CodePurpose = 'invite' | 'reset';

/** A random code of so many bytes, eight characters for each five of them. */
export function newCode(bytes: number): string {
  let [text, kept, bits] = ['', 0, 0];
  for (const byte of randomBytes(bytes)) {
    kept = (kept << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += DIGITS[(kept >> (bits - 5)) & 31];
    kept &= (1 << bits) - 1;
  }
  return bits > 0 ? text + DIGITS[(kept << (5 - bits)) & 31] : text;
}

/** A code as people read it out: in groups of four, in capitals. */
export function spell(code: string): string {
  return (code.toUpperCase().match(/.{1,4}/g) ?? []).join('-');
}

/** What is kept of a code, and looked for when one comes: SHA-256, however it was typed. */
export function hashCode(purpose: CodePurpose, typed: string): string {
  const code = typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s-]/g, '')
    .replace(/[oil]/g, (letter) => LOOK_ALIKE[letter] ?? letter);
  return hash('sha256', `bisik ${purpose} ${code}`, 'base64url');
}
