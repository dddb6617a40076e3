import { ApiError } from '../errors.ts';
import { isBlank } from '../wire/blank.ts';
import { withoutControls } from '../wire/text.ts';

const MAX_NAME = 64;
const MAX_ABOUT = 200;
/** Characters that turn the direction of what stands after them (Unicode UAX 9: embeddings, overrides, isolates). */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;
const WHITE = /[\s\u0085]+/gu;

/**
 * A name as it is sealed: one line of 1 to 64 code points, without control characters and without those that turn the
 * direction of text beside it. Empty stays empty: the name is taken away.
 * @throws ApiError INVALID_PROFILE
 */
export function readDisplayName(raw: string): string {
  const name = plain(raw).replace(WHITE, ' ').trim();
  if (raw !== '' && isBlank(name)) throw new ApiError('INVALID_PROFILE');
  return within(name, MAX_NAME);
}

/** What a person says about themselves: up to 200 code points; blank is empty. @throws ApiError INVALID_PROFILE */
export function readAbout(raw: string): string {
  const about = plain(raw).trim();
  return within(isBlank(about) ? '' : about, MAX_ABOUT);
}

function plain(raw: string): string {
  if (raw.includes('\0') || !raw.isWellFormed()) throw new ApiError('INVALID_PROFILE');
  return withoutControls(raw).replace(DIRECTIONS, '');
}

function within(text: string, most: number): string {
  if ([...text].length > most) throw new ApiError('INVALID_PROFILE');
  return text;
}
