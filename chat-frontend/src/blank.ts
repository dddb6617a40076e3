/** Whether a text shows nothing: the rule of the core (chat-core/src/wire/text.ts), which refuses such a one. */
export function isBlank(text: string): boolean {
  return /^[\s\p{Cc}\p{Cf}\p{DI}\u2800\u{1d159}]*$/u.test(text);
}
