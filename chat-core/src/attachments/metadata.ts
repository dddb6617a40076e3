import { fileBinding } from '../cipher/binding.ts';
import type { Cipher, Context, Sealed } from '../cipher/cipher.ts';
import { ApiError } from '../errors.ts';
import type { StoredAttachment } from '../storage/store.ts';
import { withoutControls } from '../wire/text.ts';
import type { Attachment, AttachmentLook, Id, NewUpload } from '../wire/wire.ts';
import { sniff } from './content-type.ts';

/** What is sealed of a file besides its bytes, as JSON. */
export type Metadata = { name: string; type: string } & AttachmentLook;

const MAX_NAME_LENGTH = 255;
/** Characters that show a name in another order than it has: marks, embeddings, overrides and isolates of direction. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const PREVIEW_TYPES = ['image/webp', 'image/jpeg', 'image/png'];

/**
 * The metadata of a new file, checked. Its name keeps only its part after the last slash or backslash, without control
 * characters and marks of direction; it is shown, and never used as a path.
 * @throws ApiError INVALID_FILE
 */
export function readMetadata(input: NewUpload): Metadata {
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

/** The sealed metadata of a stored file of this person, and what it is bound to, to be opened. */
export function sealedMetadata(
  conversationId: Id,
  senderId: Id,
  { id, metadata }: StoredAttachment,
): { sealed: Sealed; binding: Context } {
  return { sealed: metadata, binding: fileBinding({ id, conversationId, senderId }) };
}

/** The file of a message as it is sent to clients; `locked` where its metadata did not open. */
export function toWireAttachment({ id, size }: StoredAttachment, opened: string | undefined): Attachment {
  if (opened === undefined) return { id, size, name: '?', type: 'application/octet-stream', locked: true };
  return { id, size, ...(JSON.parse(opened) as Metadata) };
}

/** The files of a message of this person as clients get them. @throws ApiError CIPHER_UNAVAILABLE */
export async function openAttachments(
  cipher: Cipher,
  conversationId: Id,
  senderId: Id,
  attachments: StoredAttachment[],
): Promise<Attachment[]> {
  if (attachments.length === 0) return [];
  const opened = await cipher.openMany(
    attachments.map((one) => sealedMetadata(conversationId, senderId, one)),
  );
  return attachments.map((one, index) => toWireAttachment(one, opened[index]));
}

/** Opens the metadata of one file. @throws ApiError CIPHER_UNAVAILABLE */
export async function openMetadata(
  cipher: Cipher,
  row: { conversationId: Id; senderId: Id; attachment: StoredAttachment },
): Promise<Metadata | undefined> {
  const [text] = await cipher.openMany([sealedMetadata(row.conversationId, row.senderId, row.attachment)]);
  return text === undefined ? undefined : (JSON.parse(text) as Metadata);
}

function isPicture(base64: string): boolean {
  return PREVIEW_TYPES.includes(sniff(Buffer.from(base64, 'base64')) ?? '');
}
