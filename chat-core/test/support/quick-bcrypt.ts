/** Replaces bcrypt in tests that are not about hashing: the same two functions, without the work. */
export async function hash(text: string): Promise<string> {
  return `hash of ${text}`;
}

export async function compare(text: string, stored: string): Promise<boolean> {
  return stored === `hash of ${text}`;
}
