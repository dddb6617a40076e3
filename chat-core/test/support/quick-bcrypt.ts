import { createHash } from 'node:crypto';

/** Replaces bcrypt in tests that are not about hashing: the same two functions, without the work. */
export async function hash(text: string): Promise<string> {
  return `hash ${createHash('sha256').update(text).digest('base64url')}`;
}

export async function compare(text: string, stored: string): Promise<boolean> {
  return stored === (await hash(text));
}
