import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { ApiError } from '../errors.ts';
import { type ByteRange, parseRange } from './range.ts';

/** A client that takes no byte for so long is gone, or holds a place of others. */
const STALL_MS = 60_000;
/** Bytes given to the socket at once: a slow line takes so many within STALL_MS. */
const WRITE_BYTES = 64 * 1024;

/** The client of an answer went away, or takes nothing. */
export class ClientGone extends Error {}

/**
 * An answer of bytes instead of JSON: `size` of them, which never change and are named by `etag`; or a stream without both,
 * which ends where `read` does and has no ranges. `read` gives those of a range, in pieces; an error before its first piece is answered like others, a later one cuts the connection, and so does
 * `signal`. `onProgress` is called when the client has taken bytes, `close` once, whatever was sent.
 */
export class ByteAnswer {
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly headers: Record<string, string>;
  readonly read: (range: ByteRange) => AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly onProgress: () => void;
  readonly close: () => void;

  constructor(of: ByteAnswer) {
    this.size = of.size;
    this.etag = of.etag;
    this.headers = of.headers;
    this.read = of.read;
    this.signal = of.signal;
    this.onProgress = of.onProgress;
    this.close = of.close;
  }
}

/** The schema of a route that answers with bytes: 200, or 206 with the one range of the Range header. */
export const Bytes = z.custom<ByteAnswer>((value) => value instanceof ByteAnswer);
/** The schema of a route that answers with a stream of bytes: 200, and never HEAD, which would begin the work. */
export const StreamedBytes = z.custom<ByteAnswer>((value) => value instanceof ByteAnswer);

/**
 * Sends the bytes, the whole or one range of them (RFC 9110 §14), no faster than the client takes them, and stops when it
 * goes. `onFirst` is called before the first byte is sent. HEAD sends no bytes and ignores the range.
 * @throws ApiError RANGE_NOT_SATISFIABLE, ClientGone, and what `read` throws
 */
export async function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  headers: string[],
  answer: ByteAnswer,
  onFirst: () => void,
): Promise<void> {
  const cut = () => response.destroy();
  if (answer.signal.aborted) cut();
  answer.signal.addEventListener('abort', cut);
  try {
    const isHead = request.method === 'HEAD';
    const range = isHead ? undefined : rangeOf(request, answer);
    const { start, end } = range ?? { start: 0, end: answer.size ?? Infinity };
    const pieces = answer.read({ start, end })[Symbol.asyncIterator]();
    try {
      let piece = isHead ? undefined : await pieces.next();
      onFirst();
      response.writeHead(range ? 206 : 200, [
        ...headers,
        ...Object.entries(answer.headers).flat(),
        ...(answer.etag === undefined
          ? []
          : ['Accept-Ranges', 'bytes', 'ETag', answer.etag, 'Content-Length', String(end - start)]),
        ...(range ? ['Content-Range', `bytes ${start}-${end - 1}/${answer.size}`] : []),
      ]);
      while (piece && !piece.done) {
        // The next piece is read while the client takes this one.
        const next = pieces.next();
        next.catch(() => {});
        await write(response, piece.value, answer.onProgress);
        piece = await next;
      }
      response.end();
    } finally {
      await pieces.return?.();
    }
  } finally {
    answer.signal.removeEventListener('abort', cut);
    answer.close();
  }
}

/** @throws ApiError RANGE_NOT_SATISFIABLE */
function rangeOf(request: IncomingMessage, { size, etag }: ByteAnswer): ByteRange | undefined {
  if (size === undefined) return undefined;
  const condition = request.headers['if-range'];
  if (condition !== undefined && condition !== etag) return undefined;
  const range = parseRange(request.headers.range, size);
  if (range !== 'unsatisfiable') return range;
  throw new ApiError('RANGE_NOT_SATISFIABLE', { headers: { 'Content-Range': `bytes */${size}` } });
}

/** Resolves when the client has room for more. @throws ClientGone */
async function write(response: ServerResponse, bytes: Uint8Array, onProgress: () => void): Promise<void> {
  for (let from = 0; from < bytes.length; from += WRITE_BYTES) {
    if (response.destroyed) throw new ClientGone();
    if (!response.write(bytes.subarray(from, from + WRITE_BYTES))) await drained(response);
    onProgress();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      clearTimeout(timer);
      response.off('drain', settle).off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const onClose = () => settle(new ClientGone());
    const timer = setTimeout(() => settle(new ClientGone()), STALL_MS);
    response.on('drain', settle).on('close', onClose);
  });
}
