import { ApiError } from '../errors.ts';

const MAX_CODE_POINTS = 4000;
/** C0 and C1 controls except newline and tab (Unicode category Cc). */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;
/**
 * Characters that show nothing: white space, control and format characters, default-ignorable code points (fillers,
 * joiners, variation selectors, tags), and two whose glyphs are blank: U+2800 and U+1D159. The page has the same rule
 * (chat-frontend/src/blank.ts); a test compares both.
 */
const BLANK = /^[\s\p{Cc}\p{Cf}\p{DI}\u2800\u{1d159}]*$/u;

/**
 * The text of a message as it is encrypted: 1 to 4,000 code points, without control characters. Nothing is escaped.
 * @throws ApiError INVALID_MESSAGE for NUL, lone surrogates, blank or over-long text
 */
export function readText(raw: string): string {
  if (raw.includes('\0') || !raw.isWellFormed()) throw new ApiError('INVALID_MESSAGE');
  const text = withoutControls(raw);
  if (isBlank(text) || [...text].length > MAX_CODE_POINTS) throw new ApiError('INVALID_MESSAGE');
  return text;
}

/** The same for the text of a message with files, which may be empty: one that shows nothing becomes empty. */
export function readCaption(raw: string): string {
  return isBlank(raw) && !raw.includes('\0') && raw.isWellFormed() ? '' : readText(raw);
}

/** A text without the control characters that no stored text has. */
export function withoutControls(raw: string): string {
  return raw.replace(CONTROLS, '');
}

/** Whether a text shows nothing. An emoji's joiners and selectors do not count: it shows something. */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
