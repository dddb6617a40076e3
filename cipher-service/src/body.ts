import type { IncomingMessage } from 'node:http';
import { RequestRefused } from './errors.ts';

/**
 * 200 texts of 16 KiB fit with every character escaped once, and their bindings beside them
 * (a text all of control characters would take six bytes for one: such a batch must be smaller).
 */
export const BODY_BYTES = 8 * 1024 * 1024;
const DRAINED_BYTES = 8 * BODY_BYTES;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON body of a request.
 * @throws RequestRefused BODY_TOO_LARGE, or MALFORMED_JSON when it is not JSON in UTF-8
 */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  return parseJson(await readBytes(req));
}

/** By events: an async iterator takes as long as sealing a text does. */
function readBytes(req: IncomingMessage): Promise<Buffer> {
  return new Promise((done, fail) => {
    let chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // What is too much is read and dropped up to a bound: the peer then gets the answer instead of a reset.
      if (size > BODY_BYTES) chunks = [];
      else chunks.push(chunk);
      if (size <= DRAINED_BYTES) return;
      req.pause();
      fail(new RequestRefused('BODY_TOO_LARGE'));
    });
    req.on('end', () => {
      if (size > BODY_BYTES) fail(new RequestRefused('BODY_TOO_LARGE'));
      else done(Buffer.concat(chunks));
    });
    req.on('error', fail);
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
