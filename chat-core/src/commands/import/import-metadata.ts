import { readMetadata } from '../../attachments/metadata.ts';
import type { FileMetadata } from '../../attachments/opened-metadata.ts';
import type { Cipher, FileBinding } from '../../cipher/cipher.ts';
import { Attachment } from '../../wire/attachments.ts';
import { readLook, type SeedAttachment } from './seed-attachments.ts';

const MAX_NAME_LENGTH = 255;

/**
 * The metadata of a file of an import, as those of an upload; undefined when the sealed ones do not open.
 * @throws ApiError CIPHER_UNAVAILABLE
 */
export async function importMetadata(
  cipher: Cipher,
  attachment: SeedAttachment,
  binding: FileBinding,
): Promise<FileMetadata | undefined> {
  if (!('key' in attachment)) return cleaned(attachment.name, attachment.type, attachment.look);
  const { v, kid, content } = attachment.metadata;
  const [text] = await cipher.openMany([{ sealed: { v, kid, content }, binding }]);
  if (text === undefined) return undefined;
  const { name, type, ...look } = JSON.parse(text);
  return cleaned(String(name), String(type), readLook(look));
}

/** As an upload would have them; what an upload would be refused for is left out. */
function cleaned(name: string, rawType: string, look: Partial<FileMetadata>): FileMetadata {
  const type = Attachment.shape.type.safeParse(rawType).data ?? 'application/octet-stream';
  const file = { id: '', conversationId: '', size: 1, type };
  const { preview: _, ...rest } = look;
  for (const attempt of [
    { ...look, name },
    { ...rest, name },
    { ...rest, name: name.slice(-MAX_NAME_LENGTH) },
  ]) {
    try {
      return readMetadata({ ...file, ...attempt });
    } catch {
      // The next attempt leaves more out.
    }
  }
  return { ...rest, name: 'file', type };
}
