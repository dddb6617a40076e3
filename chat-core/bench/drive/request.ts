import { randomUUID } from 'node:crypto';
import type { Sender } from '../ask.ts';

/** A placeholder in a request, replaced by a new id each time it is sent. */
export const NEW_ID = '00000000-0000-4000-8000-000000000000';

/** A signed-in person with one of their conversations. */
export type Person = Sender;

/** The bytes of a request as text, ASCII only, with no header that is not needed. */
export function requestText(
  method: 'GET' | 'POST',
  path: string,
  { token, headers = {}, body }: { token?: string; headers?: Record<string, string>; body?: object } = {},
): string {
  const content = body ? JSON.stringify(body) : '';
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...(token ? [`Authorization: Bearer ${token}`] : []),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body ? ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(content)}`] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${content}`;
}

/** A poll from a cursor, held for up to `wait` seconds. */
export function pollText(token: string, cursor: string | undefined, wait?: number): string {
  const headers: Record<string, string> = cursor === undefined ? {} : { 'Last-Event-ID': cursor };
  return requestText('GET', wait === undefined ? '/sync' : `/sync?wait=${wait}`, { token, headers });
}

/** A message of this text, with an id of its own each time it is sent. */
export function sendText({ id, token, conversationId }: Person, message: string): string {
  const body = { senderId: id, conversationId, message, clientMessageId: NEW_ID };
  return requestText('POST', '/chat/send', { token, body });
}

/** Generates the bytes to send, and the id in them where there is one. */
export type Prepared = () => { bytes: Buffer; id: string | undefined };

export function prepare(text: string): Prepared {
  const bytes = Buffer.from(text, 'latin1');
  const position = bytes.indexOf(NEW_ID);
  if (position < 0) {
    const same = { bytes, id: undefined };
    return () => same;
  }
  return () => {
    const id = randomUUID();
    // A copy, because a socket that is not open yet queues it.
    const copy = Buffer.from(bytes);
    copy.write(id, position, 'latin1');
    return { bytes: copy, id };
  };
}
