import { hash, randomBytes } from 'node:crypto';

/** Crockford's base 32: without i, l, o and u, which resemble digits or v; case does not matter. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const SIMILAR_DIGITS: Record<string, string> = { o: '0', i: '1', l: '1' };

/** Part of the hash, so that a code of one purpose is never accepted for another. */
export type CodePurpose = 'invite' | 'group' | 'reset' | 'recovery' | 'owner';

/** A random code of this many bytes: eight characters for each five bytes. */
export function newCode(bytes: number): string {
  return codeOf(randomBytes(bytes));
}

/** The code of these bytes. */
export function codeOf(bytes: Uint8Array): string {
  let [text, buffer, bits] = ['', 0, 0];
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += DIGITS[(buffer >> (bits - 5)) & 31];
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + DIGITS[(buffer << (5 - bits)) & 31] : text;
}

/** A code in capitals and groups of four, to be read out. */
export function spell(code: string): string {
  return (code.toUpperCase().match(/.{1,4}/g) ?? []).join('-');
}

/** The hash that is stored of a code and compared: SHA-256, the same however the code is typed. */
export function hashCode(purpose: CodePurpose, typed: string): string {
  const code = typed
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s-]/g, '')
    .replace(/[oil]/g, (character) => SIMILAR_DIGITS[character] ?? character);
  return hash('sha256', `bisik ${purpose} ${code}`, 'base64url');
}
