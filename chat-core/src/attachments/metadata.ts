import { ApiError } from '../errors.ts';
import { withoutControls } from '../wire/text.ts';
import type { NewUpload } from '../wire/wire.ts';
import { sniff } from './content-type.ts';
import type { FileMetadata } from './opened-metadata.ts';

const MAX_NAME_LENGTH = 255;
/** Characters that show a name in another order than it has: marks, embeddings, overrides and isolates of direction. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const PREVIEW_TYPES = ['image/webp', 'image/jpeg', 'image/png'];

/**
 * The metadata of a new file, checked. Its name keeps only its part after the last slash or backslash, without control
 * characters and marks of direction; it is shown, and never used as a path.
 * @throws ApiError INVALID_FILE
 */
export function readMetadata(input: NewUpload): FileMetadata {
  const { id: _, conversationId: __, size: ___, name: raw, type, ...look } = input;
  const last = raw.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const name = withoutControls(last)
    .replace(/[\n\t]/g, ' ')
    .replace(BIDI, '')
    .trim();
  if (name === '' || name.length > MAX_NAME_LENGTH) throw new ApiError('INVALID_FILE');
  if (look.preview !== undefined && !isPicture(look.preview)) {
    throw new ApiError('INVALID_FILE', { detail: 'The preview of a file is a WebP, JPEG or PNG picture.' });
  }
  const alt = look.alt === undefined ? {} : { alt: withoutControls(look.alt.toWellFormed()) };
  return { name, type, ...look, ...alt };
}

function isPicture(base64: string): boolean {
  return PREVIEW_TYPES.includes(sniff(Buffer.from(base64, 'base64')) ?? '');
}
