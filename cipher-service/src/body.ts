import type { IncomingMessage } from 'node:http';
import { RequestRefused } from './errors.ts';

/**
 * Room for 200 texts of 16 KiB with every character escaped once, and for their bindings. (Control characters take six
 * bytes each: a batch of such texts must be smaller.)
 */
export const BODY_BYTES = 8 * 1024 * 1024;
const DRAINED_BYTES = 8 * BODY_BYTES;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON body of a request.
 * @throws RequestRefused BODY_TOO_LARGE, or MALFORMED_JSON when it is not JSON in UTF-8
 */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  return parseJson(Buffer.concat(await readPieces(req)));
}

/** The bytes of a request's body as they arrive. @throws RequestRefused BODY_TOO_LARGE. Uses events, because an async iterator takes as long as sealing a text. */
export function readPieces(req: IncomingMessage): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // Bytes over the limit are read and dropped, up to a bound, so that the peer gets the response instead of a reset.
      if (size > BODY_BYTES) chunks = [];
      else chunks.push(chunk);
      if (size <= DRAINED_BYTES) return;
      req.pause();
      reject(new RequestRefused('BODY_TOO_LARGE'));
    });
    req.on('end', () => {
      if (size > BODY_BYTES) reject(new RequestRefused('BODY_TOO_LARGE'));
      else resolve(chunks);
    });
    req.on('error', reject);
  });
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    // The parser's own message quotes the body.
    throw new RequestRefused('MALFORMED_JSON');
  }
}
