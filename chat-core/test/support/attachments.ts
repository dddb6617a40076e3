import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { sealMetadata } from '../../src/attachments/opened-metadata.ts';
import { fileBinding, messageBinding } from '../../src/cipher/binding.ts';
import type { Cipher } from '../../src/cipher/cipher.ts';
import type { Store, StoredAttachment, StoredMessage } from '../../src/storage/store.ts';
import { CHUNK_BYTES, MAX_PART_BYTES } from '../../src/wire/attachments.ts';
import type { FileAddress, Id } from '../../src/wire/wire.ts';
import type { Client } from './client.ts';

/** A lost file is one whose bytes are missing, as a repair or an import marks it. */
export type FileInput = { bytes: Buffer; name?: string; type?: string; id?: Id; lost?: true };
type Author = { conversationId: Id; senderId: Id };

/** The shortest content that counts as PNG. */
export const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** Stores a message with these files, as an upload and a send would. */
export async function storeMessageWith(
  { store, cipher }: { store: Store; cipher: Cipher },
  author: Author,
  inputs: FileInput[],
  text = '',
): Promise<StoredMessage> {
  const attachments: StoredAttachment[] = [];
  for (const input of inputs) attachments.push(await storeFile({ store, cipher }, author, input));
  const message = { id: randomUUID(), ...author, timestamp: store.time.now() };
  const sealed = await cipher.seal(text, messageBinding(message));
  return store.transact(async (tx) => {
    for (const file of attachments) {
      const { conversationId, senderId: userId } = author;
      await tx.saveUpload({ ...file, state: 'open', conversationId, userId, createdAt: 0 });
    }
    return tx.appendMessage({ ...message, ...sealed, attachments });
  });
}

async function storeFile(
  { store, cipher }: { store: Store; cipher: Cipher },
  author: Author,
  { bytes, name = 'foto.png', type = 'image/png', id = randomUUID(), lost }: FileInput,
): Promise<StoredAttachment> {
  const ref = { conversationId: author.conversationId, id };
  const binding = fileBinding({ ...ref, senderId: author.senderId });
  const key = await cipher.newFileKey(binding);
  const metadata = await sealMetadata(cipher, { ...author, id: ref.id }, { name, type });
  const file = { id: ref.id, size: bytes.length, key, metadata };
  if (lost) return { ...file, lost };
  const parts: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += MAX_PART_BYTES) {
    const part = bytes.subarray(from, from + MAX_PART_BYTES);
    const isLast = from + part.length === bytes.length;
    const index = from / CHUNK_BYTES;
    parts.push(await cipher.sealChunks({ key, binding, index, isLast }, [part]));
  }
  await store.files.write(ref, 0, Buffer.concat(parts));
  await store.files.finish(ref);
  return file;
}

/** The path of a file of a message. */
export function filePath({ conversationId, seq, attachments }: StoredMessage, index = 0): string {
  return `/conversations/${conversationId}/messages/${seq}/attachments/${attachments?.[index]?.id}`;
}

/** The status and the error code of an answer. */
export async function codeOf(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { code: string }).code];
}

/** The signed address of the first file of a message, as this person gets it. */
export async function addressOf(who: Client, row: StoredMessage): Promise<string> {
  const { status, body } = await who.post(`${filePath(row)}/address`, {});
  expect(status).toBe(200);
  return (body as FileAddress).path;
}
