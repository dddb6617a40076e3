const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Ids and codes of requests without an answer, by input. */
const unanswered = new Map<string, string>();

/** 130 random bits in Crockford's base 32: the code of a link. */
export function newCode(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => DIGITS[byte & 31]).join('');
}

/**
 * Sends a request with an id or code that this page makes. After a failure the same input is sent with the same id, so that
 * the server recognises a request whose answer was lost. `input` identifies the request, the account included.
 */
export async function repeatable<Answer>(
  input: unknown,
  make: () => string,
  send: (made: string) => Promise<Answer>,
): Promise<Answer> {
  const key = JSON.stringify(input);
  const made = unanswered.get(key) ?? make();
  unanswered.set(key, made);
  const answer = await send(made);
  unanswered.delete(key);
  return answer;
}
