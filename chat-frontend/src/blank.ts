/** Whether nothing of a text is visible: the rule by which the server refuses a text (chat-core/src/wire/text.ts). */
export function isBlank(text: string): boolean {
  return /^[\s\p{Cc}\p{Cf}\p{DI}\u2800\u{1d159}]*$/u.test(text);
}
