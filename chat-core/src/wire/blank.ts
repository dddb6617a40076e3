/**
 * Nothing a reader could see: white space, control and format characters, what Unicode lets a font ignore (fillers,
 * joiners, variation selectors, tags), and glyphs that are drawn blank: braille without dots, a notehead of nothing. The
 * page has the same rule (chat-frontend/src/blank.ts), and a test holds both together.
 */
const BLANK = /^[\s\p{Cc}\p{Cf}\p{DI}\u2800\u{1d159}]*$/u;

/** Whether a text that a person entered shows nothing. An emoji's joiners and selectors stand beside something seen. */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
