import { randomUUID } from 'node:crypto';
import type { Sender } from '../load.ts';

/** Stands in a request for an id that is a new one each time it is sent. */
export const NEW_ID = '00000000-0000-4000-8000-000000000000';

/** Somebody signed in, with one of their conversations. */
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

/** The one poll, from a cursor, to be held for `wait` seconds where that is asked. */
export function pollText(token: string, cursor: string | undefined, wait?: number): string {
  const headers: Record<string, string> = cursor === undefined ? {} : { 'Last-Event-ID': cursor };
  return requestText('GET', wait === undefined ? '/sync' : `/sync?wait=${wait}`, { token, headers });
}

/** A message of this text, with an id of its own each time it is sent. */
export function sendText({ id, token, conversationId }: Person, message: string): string {
  const body = { senderId: id, conversationId, message, clientMessageId: NEW_ID };
  return requestText('POST', '/chat/send', { token, body });
}

/** The bytes to send, which are the receiver's to keep, and the id in them where there is one. */
export type Prepared = () => { bytes: Buffer; id: string | undefined };

export function prepare(text: string): Prepared {
  const bytes = Buffer.from(text, 'latin1');
  const at = bytes.indexOf(NEW_ID);
  if (at < 0) {
    const same = { bytes, id: undefined };
    return () => same;
  }
  return () => {
    const id = randomUUID();
    // A copy: what is written to a socket that is not open yet waits there.
    const copy = Buffer.from(bytes);
    copy.write(id, at, 'latin1');
    return { bytes: copy, id };
  };
}
