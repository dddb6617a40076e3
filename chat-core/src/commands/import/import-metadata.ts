import type { Cipher, FileBinding } from '../../cipher/cipher.ts';
import { Attachment, type AttachmentLook } from '../../wire/attachments.ts';
import { withoutControls } from '../../wire/text.ts';
import { readLook, type SeedAttachment } from './seed-attachments.ts';

/** What is sealed of a file besides its bytes, as JSON. */
type Metadata = { name: string; type: string } & AttachmentLook;

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * The metadata of a file of an import, as an upload would have them; undefined when the sealed ones do not open.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function readMetadata(
  cipher: Cipher,
  attachment: SeedAttachment,
  binding: FileBinding | undefined,
): Promise<Metadata | undefined> {
  if (!('key' in attachment)) {
    const { name, type, look } = attachment;
    return { name: cleanName(name), type: cleanType(type), ...look };
  }
  const { v, kid, content } = attachment.metadata;
  const [text] = binding ? await cipher.openMany([{ sealed: { v, kid, content }, binding }]) : [];
  if (text === undefined) return undefined;
  const { name, type, ...look } = JSON.parse(text);
  return { name: cleanName(String(name)), type: cleanType(String(type)), ...readLook(look) };
}

/** The last part of a path, without control characters and marks of direction. */
function cleanName(raw: string): string {
  const last = raw.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const name = withoutControls(last)
    .replace(/[\n\t]/g, ' ')
    .replace(BIDI, '')
    .trim()
    .slice(0, 255)
    .toWellFormed();
  return name || 'file';
}

function cleanType(type: string): string {
  return Attachment.shape.type.safeParse(type).data ?? 'application/octet-stream';
}
