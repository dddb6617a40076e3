import { ApiError } from '../errors.ts';
import { isBlank } from './blank.ts';

const MAX_CODE_POINTS = 4000;
/** C0 and C1 controls but newline and tab (Unicode category Cc). */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;

/**
 * The text of a message as it is sealed: 1 to 4,000 code points, without control characters. Nothing is escaped.
 * @throws ApiError INVALID_MESSAGE for NUL, lone surrogates, blank or over-long text
 */
export function readText(raw: string): string {
  if (raw.includes('\0') || !raw.isWellFormed()) throw new ApiError('INVALID_MESSAGE');
  const text = withoutControls(raw);
  if (isBlank(text) || [...text].length > MAX_CODE_POINTS) throw new ApiError('INVALID_MESSAGE');
  return text;
}

/** A text without the control characters no message has; whatever is stored has gone through here. */
export function withoutControls(raw: string): string {
  return raw.replace(CONTROLS, '');
}
