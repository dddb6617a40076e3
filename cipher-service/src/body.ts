import type { IncomingMessage } from 'node:http';
import { RequestRefused } from './errors.ts';

/**
 * 200 texts of 16 KiB fit with every character escaped once, and their bindings beside them
 * (a text all of control characters would take six bytes for one: such a batch must be smaller).
 */
export const BODY_BYTES = 8 * 1024 * 1024;
const DRAINED_BYTES = 8 * BODY_BYTES;

/**
 * The JSON body of a request.
 * @throws RequestRefused BODY_TOO_LARGE, or MALFORMED_JSON when it is not JSON in UTF-8
 */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  return parseJson(await readBytes(req));
}

async function readBytes(req: IncomingMessage): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is too much is read and dropped up to a bound: the peer then gets the answer instead of a reset.
    if (size > DRAINED_BYTES) throw new RequestRefused('BODY_TOO_LARGE');
    if (size > BODY_BYTES) chunks = [];
    else chunks.push(chunk);
  }
  if (size > BODY_BYTES) throw new RequestRefused('BODY_TOO_LARGE');
  return Buffer.concat(chunks);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the body.
    throw new RequestRefused('MALFORMED_JSON');
  }
}
