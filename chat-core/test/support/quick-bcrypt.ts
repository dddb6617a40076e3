/** Stands in for bcrypt where hashing is not what is tested: the same two functions, at once. */
export async function hash(text: string): Promise<string> {
  return `hash of ${text}`;
}

export async function compare(text: string, stored: string): Promise<boolean> {
  return stored === `hash of ${text}`;
}
