import { isFileBinding } from './batch.ts';
import { DidNotOpen, RequestRefused } from './errors.ts';
import { MAX_SEALED_BYTES, openChunks, sealChunks } from './file-chunks.ts';
import { newFileKey, openFileKey } from './file-key.ts';
import type { Keyring } from './keyring.ts';
import { exactly, isCount } from './shape.ts';
import type { FileChunks, FileKeyAnswer, FileKeyRequest, Sealed } from './wire.ts';

const isText = (value: unknown) => typeof value === 'string';
const isFileChunks = exactly<FileChunks>({
  key: exactly<Sealed>({ v: Number.isFinite, kid: isText, content: isText }),
  binding: isFileBinding,
  index: isCount,
  isLast: (value) => typeof value === 'boolean',
});
const isKeyRequest = exactly<FileKeyRequest>({ binding: isFileBinding });

/** One request at a time is sealed or opened: all use this room for their bytes, which leaves no garbage. */
const room = Buffer.allocUnsafeSlow(MAX_SEALED_BYTES);

/** Answers `POST /file/key`. @throws RequestRefused INVALID_REQUEST */
export function answerFileKey(keyring: Keyring, body: unknown): FileKeyAnswer {
  if (!isKeyRequest(body)) throw new RequestRefused('INVALID_REQUEST');
  return { key: newFileKey(keyring, body.binding) };
}

/**
 * Answers `POST /file/seal` and `/file/open`. `header` is the value of the header File-Chunks, `pieces` are the body.
 * @throws RequestRefused INVALID_REQUEST, DID_NOT_OPEN for every reason why a key or a chunk does not open
 */
export function answerChunks(
  keyring: Keyring,
  what: 'seal' | 'open',
  header: string | undefined,
  pieces: Buffer[],
): Buffer {
  const { key, binding, index, isLast } = readHeader(header);
  const place = { fileId: binding.fileId, index, isLast };
  const bytes = join(pieces);
  try {
    const opened = openFileKey(keyring, key, binding);
    return what === 'seal' ? sealChunks(opened, place, bytes) : openChunks(opened, place, bytes);
  } catch (error) {
    if (error instanceof DidNotOpen) throw new RequestRefused('DID_NOT_OPEN');
    throw error;
  } finally {
    bytes.fill(0);
  }
}

/** The pieces one after the other in `room`. @throws RequestRefused INVALID_REQUEST */
function join(pieces: Buffer[]): Buffer {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length > room.length) throw new RequestRefused('INVALID_REQUEST');
  let end = 0;
  for (const piece of pieces) end += piece.copy(room, end);
  return room.subarray(0, end);
}

function readHeader(header = ''): FileChunks {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(header, 'base64url').toString());
  } catch {
    // The parser's own message quotes the header.
  }
  if (!isFileChunks(value)) throw new RequestRefused('INVALID_REQUEST');
  return value;
}
