import { fileBinding } from '../cipher/binding.ts';
import type { Cipher, FileBinding, Requester, Sealed } from '../cipher/cipher.ts';
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
  requester?: Requester,
): Promise<Map<StoredAttachment, FileMetadata | undefined>> {
  const files = messages.flatMap(({ attachments = [] }) => attachments);
  if (files.length === 0) return new Map();
  const texts = await cipher.openMany(messages.flatMap(sealedMetadata), requester);
  return new Map(files.map((file, index) => [file, readOpened(texts[index])]));
}

/** The sealed metadata of the files of a message, and what each is bound to, to be opened with other rows. */
export function sealedMetadata({
  conversationId,
  senderId,
  attachments = [],
}: Pick<StoredMessage, 'conversationId' | 'senderId' | 'attachments'>): {
  sealed: Sealed;
  binding: FileBinding;
}[] {
  return attachments.map(({ id, metadata }) => ({
    sealed: metadata,
    binding: fileBinding({ id, conversationId, senderId }),
  }));
}

/** The metadata in an opened text; undefined where it did not open. */
export function readOpened(text: string | undefined): FileMetadata | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as FileMetadata);
}

/** A file as its readers see it. */
export function toAttachment({ id, size }: StoredAttachment, metadata: FileMetadata | undefined): Attachment {
  if (!metadata) return { id, size, name: '?', type: 'application/octet-stream', locked: true };
  return { id, size, ...metadata };
}
