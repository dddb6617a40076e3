import { randomUUID } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import { ask, type Sender } from '../ask.ts';

const PART_BYTES = 256 * 1024;
const agent = new Agent({ keepAlive: true });

export type Stored = { path: string; size: number };

/** Sends one request with bytes; resolves with its head once the request is answered. */
function exchange(url: string, method: string, token: string, bytes?: Buffer): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const headers = {
      Authorization: `Bearer ${token}`,
      ...(bytes && { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length }),
    };
    request(url, { agent, method, headers }, done).on('error', fail).end(bytes);
  });
}

/** Reads an answer to its end. @returns its number of bytes @throws Error for another status than 200 */
async function drain(answer: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of answer) size += (chunk as Buffer).length;
  if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`);
  return size;
}

/** Sends all parts of a file, each when the one before is stored. */
export async function putParts(url: string, token: string, bytes: Buffer): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += PART_BYTES) {
    const part = bytes.subarray(offset, offset + PART_BYTES);
    await drain(await exchange(`${url}?offset=${offset}`, 'PUT', token, part));
  }
}

/** Uploads a file. @returns its id */
export async function upload(port: number, sender: Sender, bytes: Buffer): Promise<string> {
  const id = randomUUID();
  const { conversationId, token } = sender;
  const url = `http://127.0.0.1:${port}`;
  const file = { name: 'berkas.bin', type: 'application/octet-stream', size: bytes.length };
  const { status, text } = await ask(url, '/attachments', token, { id, conversationId, ...file });
  if (status !== 200) throw new Error(`an upload was answered ${status} ${text}`);
  await putParts(`${url}/attachments/${id}`, token, bytes);
  return id;
}

/** Ends an upload that no message claims. */
export async function cancel(port: number, { token }: Sender, id: string): Promise<void> {
  await drain(await exchange(`http://127.0.0.1:${port}/attachments/${id}`, 'DELETE', token));
}

/** Sends an uploaded file in a message. */
export async function sendFile(port: number, sender: Sender, id: string, size: number): Promise<Stored> {
  const { id: senderId, conversationId, token } = sender;
  const input = { senderId, conversationId, message: '', attachments: [id] };
  const { status, text } = await ask(`http://127.0.0.1:${port}`, '/chat/send', token, input);
  if (status !== 200) throw new Error(`a send was answered ${status} ${text}`);
  const { seq } = JSON.parse(text) as { seq: number };
  return { path: `/conversations/${conversationId}/messages/${seq}/attachments/${id}`, size };
}

/** Reads a file to its end. @throws Error when it is not whole */
export async function download(url: string, token: string, size: number): Promise<void> {
  const read = await drain(await exchange(url, 'GET', token));
  if (read !== size) throw new Error(`${read} of ${size} bytes arrived`);
}
