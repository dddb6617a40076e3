import { fileBinding } from '../../src/cipher/binding.ts';
import type { Cipher } from '../../src/cipher/cipher.ts';
import type { OpenUpload, Store, StoredMessage } from '../../src/storage/store.ts';
import { fakeCipher } from './fake-cipher.ts';

const PART_BYTES = 4 * 64 * 1024;

type FileOf = {
  id: string;
  conversationId: string;
  senderId: string;
  bytes: Buffer;
  name?: string;
  type?: string;
};

/** Stores a file as an upload that no message names yet, as the routes do. */
export async function storeUpload(
  store: Store,
  { id, conversationId, senderId, bytes, name = 'berkas.bin', type = 'application/octet-stream' }: FileOf,
  cipher: Cipher = fakeCipher(),
): Promise<OpenUpload> {
  const binding = fileBinding({ id, conversationId, senderId });
  const key = await cipher.newFileKey(binding);
  const metadata = await cipher.seal(JSON.stringify({ name, type }), binding);
  const row = { id, conversationId, size: bytes.length, key, metadata };
  const upload = { ...row, state: 'open' as const, userId: senderId, createdAt: 1 };
  await store.transact((tx) => tx.saveUpload(upload));
  let sealedBytes = 0;
  for (let offset = 0; offset < bytes.length; offset += PART_BYTES) {
    const part = bytes.subarray(offset, offset + PART_BYTES);
    const place = { index: offset / (64 * 1024), isLast: offset + PART_BYTES >= bytes.length };
    const sealed = await cipher.sealChunks({ key, binding, ...place }, part);
    await store.files.write(row, sealedBytes, sealed);
    sealedBytes += sealed.length;
  }
  await store.files.finish(row);
  return upload;
}

/** Stores a message whose only content is this file. `messageId` is also what its ciphertext says. */
export async function sendFile(
  store: Store,
  messageId: string,
  file: FileOf,
  cipher?: Cipher,
): Promise<StoredMessage> {
  const { id, size, key, metadata } = await storeUpload(store, file, cipher);
  const { conversationId, senderId } = file;
  const message = { id: messageId, conversationId, senderId, timestamp: 1, v: 1 as const, kid: 'k1' };
  return store.transact((tx) =>
    tx.appendMessage({
      ...message,
      content: `sealed ${messageId}`,
      attachments: [{ id, size, key, metadata }],
    }),
  );
}
