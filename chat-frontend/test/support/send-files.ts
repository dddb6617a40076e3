import { randomUUID } from 'node:crypto';
import type { AttachmentLook, Message, Upload } from '../../../chat-core/src/wire/wire.ts';
import { ask, type Person } from '../../../chat-core/test/support/person.ts';
import { pictureLook, png } from './pictures.ts';

export type TestFile = { name: string; type: string; bytes: Buffer } & AttachmentLook;

/** A picture as a file to send. */
export function pictureFile(
  name: string,
  [width, height]: [number, number],
  hue: number,
  alt?: string,
): TestFile {
  const look = { ...pictureLook(width, height, hue), ...(alt ? { alt } : {}) };
  return { name, type: 'image/png', bytes: png(width, height, hue), ...look };
}

/** Uploads files and sends them in one message. */
export async function sendFiles(
  url: string,
  from: Person,
  conversationId: string,
  files: TestFile[],
  text = '',
): Promise<Message> {
  const ids: string[] = [];
  for (const { bytes, ...about } of files) {
    const id = randomUUID();
    const created = await from.post('/attachments', { id, conversationId, size: bytes.length, ...about });
    if (created.status !== 200) throw new Error(JSON.stringify(created.body));
    let { offset, maxPartBytes } = created.body as Upload;
    while (offset < bytes.length) {
      const { status, body } = await ask(`${url}/attachments/${id}?offset=${offset}`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${from.token}`, 'Content-Type': 'application/octet-stream' },
        body: new Uint8Array(bytes.subarray(offset, offset + maxPartBytes)),
      });
      if (status !== 200) throw new Error(JSON.stringify(body));
      ({ offset, maxPartBytes } = body as Upload);
    }
    ids.push(id);
  }
  const sent = await from.post('/chat/send', {
    senderId: from.id,
    conversationId,
    message: text,
    attachments: ids,
  });
  if (sent.status !== 200) throw new Error(JSON.stringify(sent.body));
  return sent.body as Message;
}

/** The bytes of the files of a message, as a person receives them. */
export function downloadFiles(url: string, by: Person, message: Message): Promise<Buffer[]> {
  const path = `${url}/conversations/${message.conversationId}/messages/${message.seq}/attachments`;
  return Promise.all(
    (message.attachments ?? []).map(async ({ id }) => {
      const headers = { Authorization: `Bearer ${by.token}` };
      const response = await fetch(`${path}/${id}`, { headers });
      if (response.status !== 200) throw new Error(await response.text());
      return Buffer.from(await response.arrayBuffer());
    }),
  );
}
