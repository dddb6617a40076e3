import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Request, type Response } from 'express';
import { ApiError } from '../errors.ts';

/** A message of 4,000 code points takes at most 48,000 bytes as JSON escapes. */
const MAX_BYTES = 64 * 1024;

const readBytes = express.raw({ type: 'application/json', limit: MAX_BYTES, inflate: false });

/**
 * The JSON value of a request's body, an empty object without one. Only application/json in UTF-8 is accepted, so that
 * a form of another site cannot make a request (OWASP ASVS 5.0 3.5.2).
 * @throws ApiError MALFORMED_JSON, UNSUPPORTED_BODY, BODY_TOO_LARGE
 */
export async function readBody(
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
): Promise<unknown> {
  await new Promise<void>((resolve, reject) => {
    readBytes(request as Request, response as Response, (error?: unknown) =>
      error ? reject(asApiError(error)) : resolve(),
    );
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
