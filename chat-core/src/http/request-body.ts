import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Request, type Response } from 'express';
import { ApiError } from '../errors.ts';

/** A message of 4,000 code points takes at most 48,000 bytes as JSON escapes. */
export const MAX_BODY_BYTES = 64 * 1024;
const TIMEOUT_MS = 15_000;
/** 64 KiB arrive in this time at 4.4 kb/s, 256 KiB at 18 kb/s. */
const BINARY_TIMEOUT_MS = 120_000;
/** A binary body of which nothing arrives for this long is given up. */
const BINARY_IDLE_MS = 15_000;

const readBytes = express.raw({ type: 'application/json', limit: MAX_BODY_BYTES, inflate: false });

/**
 * The JSON value of a request's body, an empty object without one. Only application/json in UTF-8 is accepted, so that
 * a form of another site cannot make a request (OWASP ASVS 5.0 3.5.2).
 * @throws ApiError MALFORMED_JSON, UNSUPPORTED_BODY, BODY_TOO_LARGE, REQUEST_TIMEOUT
 */
export async function readBody(
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
): Promise<unknown> {
  await new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(() => reject(timedOut(response)), TIMEOUT_MS);
    readBytes(request as Request, response as Response, (error?: unknown) => {
      clearTimeout(timeout);
      if (error) reject(asApiError(error));
      else resolve();
    });
  });
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes)) {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    if (encoding !== undefined || (length !== undefined && length !== '0'))
      throw new ApiError('UNSUPPORTED_BODY');
    return {};
  }
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  if (charset && charset.toLowerCase() !== 'utf-8') throw new ApiError('UNSUPPORTED_BODY');
  if (bytes.length === 0) return {};
  if (!isUtf8(bytes)) throw new ApiError('MALFORMED_JSON');
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new ApiError('MALFORMED_JSON');
  }
}

/**
 * The bytes of a request's body of type application/octet-stream, in the pieces in which they arrived. They may arrive slowly, as long as
 * some arrive every 15 seconds, for two minutes. `signal` gives up the rest and throws its reason.
 * @throws ApiError UNSUPPORTED_BODY, BODY_TOO_LARGE, REQUEST_TIMEOUT, MALFORMED_REQUEST when the client went away
 */
export function readBinaryBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  {
    totalMs = BINARY_TIMEOUT_MS,
    idleMs = BINARY_IDLE_MS,
    signal,
  }: { totalMs?: number; idleMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<Buffer[]> {
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
  const isBinary = /^application\/octet-stream\s*(;|$)/i.test(type);
  if (!isBinary || (encoding !== undefined && encoding !== 'identity')) {
    const detail = 'Send application/octet-stream, not compressed.';
    return Promise.reject(new ApiError('UNSUPPORTED_BODY', { detail }));
  }
  const tooLarge = () =>
    new ApiError('BODY_TOO_LARGE', { detail: `The body is larger than ${maxBytes / 1024} KiB.` });
  if (Number(request.headers['content-length']) > maxBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (outcome: () => void) => {
      clearTimeout(total);
      clearTimeout(idle);
      request.off('data', add).off('end', done).off('error', lost).off('close', lost);
      signal?.removeEventListener('abort', giveUp);
      outcome();
    };
    const refuse = (error: ApiError) => end(() => reject(error));
    const add = (chunk: Buffer) => {
      size += chunk.length;
      idle.refresh();
      if (size > maxBytes) refuse(tooLarge());
      else chunks.push(chunk);
    };
    const done = () => end(() => resolve(chunks));
    const lost = () => refuse(new ApiError('MALFORMED_REQUEST'));
    const giveUp = () => {
      response.shouldKeepAlive = false;
      refuse(signal?.reason);
    };
    const total = setTimeout(() => refuse(timedOut(response)), totalMs);
    const idle = setTimeout(() => refuse(timedOut(response)), idleMs);
    request.on('data', add).on('end', done).on('error', lost).on('close', lost);
    signal?.addEventListener('abort', giveUp);
    if (request.destroyed) lost();
    else if (signal?.aborted) giveUp();
  });
}

/** The rest of the body may still arrive: the connection ends with the answer. */
function timedOut(response: ServerResponse): ApiError {
  response.shouldKeepAlive = false;
  return new ApiError('REQUEST_TIMEOUT');
}

function asApiError(error: unknown): unknown {
  switch ((error as { type?: unknown }).type) {
    case 'entity.too.large':
      return new ApiError('BODY_TOO_LARGE');
    case 'encoding.unsupported':
      return new ApiError('UNSUPPORTED_BODY');
    case 'request.aborted':
    case 'request.size.invalid':
      return new ApiError('MALFORMED_REQUEST');
    default:
      return error;
  }
}
