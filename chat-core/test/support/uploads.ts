import { randomUUID } from 'node:crypto';
import type { Quotas } from '../../src/attachments/quota.ts';
import { Uploads } from '../../src/attachments/uploads.ts';
import type { Cipher } from '../../src/cipher/cipher.ts';
import type { Store } from '../../src/storage/store.ts';
import { MAX_PART_BYTES } from '../../src/wire/attachments.ts';
import type { Id, Upload } from '../../src/wire/wire.ts';
import type { Client } from './client.ts';

const QUOTAS: Quotas = { maxFileBytes: 25 * 2 ** 20, personBytes: 2 ** 30, boxBytes: 0 };

/** The verbs of messages with the uploads that they claim, for tests without an app. */
export function messageDeps<Of extends { store: Store; cipher: Cipher }>(
  deps: Of,
  quotas: Partial<Quotas> = {},
): Of & { uploads: Uploads } {
  return { ...deps, uploads: new Uploads({ ...deps, quotas: { ...QUOTAS, ...quotas } }) };
}

/** Bytes that begin like none of the types that browsers show, all of them different. */
export function bytesOf(size: number, marker = 'isi berkas '): Buffer {
  const bytes = Buffer.alloc(size);
  for (let n = 0; n < size; n += 16) bytes.write(`${marker}${n}`, n);
  return bytes;
}

/** What a creation sends. */
export function fileInput(conversationId: Id, size: number, more: object = {}) {
  return {
    id: randomUUID(),
    conversationId,
    name: 'jadwal.pdf',
    type: 'application/pdf',
    size,
    ...more,
  };
}

/** Uploads a whole file; the state after its last part. */
export async function upload(
  { post, put }: Pick<Client, 'post' | 'put'>,
  conversationId: Id,
  bytes: Buffer,
  more: object = {},
): Promise<Upload> {
  const created = await post('/attachments', fileInput(conversationId, bytes.length, more));
  if (created.status !== 200) throw new Error(`create: ${JSON.stringify(created.body)}`);
  let state: Upload = created.body;
  while (state.offset < state.size) {
    const part = bytes.subarray(state.offset, state.offset + MAX_PART_BYTES);
    const { status, body } = await put(`/attachments/${state.id}?offset=${state.offset}`, part);
    if (status !== 200) throw new Error(`put: ${JSON.stringify(body)}`);
    state = body;
  }
  return state;
}
