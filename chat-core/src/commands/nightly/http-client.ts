import { createReadStream } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { BackupErrorCode } from '../../wire/owner.ts';
import { BackupError, type LocalFile } from './target.ts';

/** Without a byte in either direction for so long, a target counts as unreachable. */
const IDLE_TIMEOUT_MS = 60_000;
/** A page of a list has 1000 names. */
const MAX_TEXT_BYTES = 32 * 2 ** 20;

export type TargetRequest = {
  method: string;
  url: URL;
  headers?: Record<string, string>;
  body?: LocalFile | string;
};
export type TargetResponse = { status: number; headers: NodeJS.Dict<string | string[]>; body: Readable };

/** Sends one request; redirects are not followed. The body of the response must be read. @throws BackupError */
export async function sendRequest({
  method,
  url,
  headers = {},
  body,
}: TargetRequest): Promise<TargetResponse> {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body?.size;
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, {
    method,
    headers: { ...headers, ...(length !== undefined && { 'content-length': String(length) }) },
    agent: false,
  });
  request.setTimeout(IDLE_TIMEOUT_MS, () => request.destroy(new Error('no answer in time')));
  try {
    const response = await new Promise<TargetResponse>((resolve, reject) => {
      request.once('error', reject);
      request.once('response', (message) =>
        resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message }),
      );
      if (body === undefined || typeof body === 'string') request.end(body);
      // An answer before the end of the body is a refusal, which says more than the broken pipe.
      else pipeline(createReadStream(body.path), request).catch(() => {});
    });
    return response;
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

/** The text of a response. @throws BackupError when it is too long or ends early */
export async function textOf({ body }: TargetResponse, url: URL): Promise<string> {
  let size = 0;
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_TEXT_BYTES) body.destroy(new Error('its list is too long'));
  });
  try {
    return (await buffer(body)).toString('utf8');
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

/** The error of a response that is no success. */
export function refusedBy(url: URL, status: number): BackupError {
  const codes: Record<number, BackupErrorCode> = {
    401: 'TARGET_REFUSED',
    403: 'TARGET_REFUSED',
    404: 'TARGET_MISSING',
    409: 'TARGET_MISSING',
    405: 'TARGET_READ_ONLY',
    423: 'TARGET_READ_ONLY',
    413: 'TARGET_FULL',
    507: 'TARGET_FULL',
  };
  const code = codes[status] ?? (status >= 500 ? 'TARGET_UNREACHABLE' : 'TARGET_REFUSED');
  return new BackupError(code, `${url.origin} answered ${status}.`);
}

function unreachable(url: URL, cause: unknown): BackupError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new BackupError('TARGET_UNREACHABLE', `${url.origin} does not answer: ${code ?? message}.`, cause);
}
