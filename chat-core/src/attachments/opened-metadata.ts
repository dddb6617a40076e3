import { fileBinding } from '../cipher/binding.ts';
import type { Cipher, Sealed } from '../cipher/cipher.ts';
import type { StoredAttachment, StoredMessage } from '../storage/store.ts';
import type { Attachment, AttachmentLook, Id } from '../wire/wire.ts';

/** What its author says of a file. It is sealed as one text, as JSON. */
export type FileMetadata = Pick<Attachment, 'name' | 'type'> & AttachmentLook;
type Bound = { id: Id; conversationId: Id; senderId: Id };

/** @throws ApiError CIPHER_UNAVAILABLE */
export function sealMetadata(cipher: Cipher, file: Bound, metadata: FileMetadata): Promise<Sealed> {
  return cipher.seal(JSON.stringify(metadata), fileBinding(file));
}

/** The metadata of the files of messages, by file; undefined where one does not open. @throws ApiError CIPHER_UNAVAILABLE */
export async function openMetadata(
  cipher: Cipher,
  messages: Pick<StoredMessage, 'conversationId' | 'senderId' | 'attachments'>[],
): Promise<Map<StoredAttachment, FileMetadata | undefined>> {
  const files = messages.flatMap(({ attachments = [], conversationId, senderId }) =>
    attachments.map((file) => ({ file, binding: fileBinding({ id: file.id, conversationId, senderId }) })),
  );
  if (files.length === 0) return new Map();
  const texts = await cipher.openMany(files.map(({ file, binding }) => ({ sealed: file.metadata, binding })));
  return new Map(
    files.map(({ file }, index) => {
      const text = texts[index];
      return [file, text === undefined ? undefined : (JSON.parse(text) as FileMetadata)];
    }),
  );
}

/** A file as its readers see it. */
export function toAttachment({ id, size }: StoredAttachment, metadata: FileMetadata | undefined): Attachment {
  if (!metadata) return { id, size, name: '?', type: 'application/octet-stream', locked: true };
  return { id, size, ...metadata };
}
