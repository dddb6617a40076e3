import { ApiError } from '../errors.ts';
import { isBlank, withoutControls } from '../wire/text.ts';

const MAX_NAME = 64;
const MAX_ABOUT = 200;
/** Characters that change the direction of the text after them (Unicode UAX 9: embeddings, overrides, isolates). */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;
const WHITE = /[\s\u0085]+/gu;

/**
 * Cleans a display name: one line of 1 to 64 code points, without control characters and without those that change the
 * direction of neighbouring text. Empty stays empty: it removes the name.
 * @throws ApiError INVALID_PROFILE
 */
export function readDisplayName(raw: string): string {
  const name = withoutUnsafe(raw).replace(WHITE, ' ').trim();
  if (raw !== '' && isBlank(name)) throw new ApiError('INVALID_PROFILE');
  return limited(name, MAX_NAME);
}

/** Cleans the text that a person writes about themselves: up to 200 code points; blank is empty. @throws ApiError INVALID_PROFILE */
export function readAbout(raw: string): string {
  const about = withoutUnsafe(raw).trim();
  return limited(isBlank(about) ? '' : about, MAX_ABOUT);
}

function withoutUnsafe(raw: string): string {
  if (raw.includes('\0') || !raw.isWellFormed()) throw new ApiError('INVALID_PROFILE');
  return withoutControls(raw).replace(DIRECTIONS, '');
}

function limited(text: string, max: number): string {
  if ([...text].length > max) throw new ApiError('INVALID_PROFILE');
  return text;
}
