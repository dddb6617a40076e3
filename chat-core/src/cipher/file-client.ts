import type { FileBinding, FileChunks, FileKeyAnswer } from '../../../cipher-service/src/wire.ts';
import { countFileGarbage } from '../garbage-collection.ts';
import { type CipherCalls, CipherRefusal } from './call.ts';
import { type Cipher, hasSealedForm, SEALED_EXTRA_BYTES, type Sealed } from './cipher.ts';

/** A part of a file is sealed or opened within a millisecond or two; the rest is room for a busy machine. */
const TIMEOUT_MS = 5_000;
const CHUNK_BYTES = 64 * 1024;
const MAX_ANSWER_BYTES = 4 * (CHUNK_BYTES + SEALED_EXTRA_BYTES);

/** The status by which cipher-service refuses to open: the key or a chunk is not what it should be. */
const DID_NOT_OPEN = 422;

/**
 * The calls of chat-core for the keys and bytes of files, over mutual TLS like those for texts. They fail closed: an answer
 * of another length than the chunks require is an error.
 */
export function openFileCipher(
  calls: CipherCalls,
  timeoutMs = TIMEOUT_MS,
): Pick<Cipher, 'newFileKey' | 'sealChunks' | 'openChunks'> {
  const call = (path: string, headers: Record<string, string>, body: string | readonly Uint8Array[]) =>
    calls.call({ path, headers, body, timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES });
  const callChunks = async (
    what: 'seal' | 'open',
    chunks: FileChunks,
    pieces: readonly Uint8Array[],
    extra: number,
  ) => {
    const header = Buffer.from(JSON.stringify(chunks)).toString('base64url');
    const type = 'application/octet-stream';
    const answer = await call(`/file/${what}`, { 'Content-Type': type, 'File-Chunks': header }, pieces);
    const size = what === 'seal' ? CHUNK_BYTES : CHUNK_BYTES + SEALED_EXTRA_BYTES;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (answer.length !== length + extra * Math.ceil(length / size)) {
      throw new Error('the answer is not whole');
    }
    countFileGarbage(length + answer.length);
    return answer;
  };
  return {
    newFileKey: async (binding: FileBinding) => {
      const body = JSON.stringify({ binding });
      return readKey(await call('/file/key', { 'Content-Type': 'application/json' }, body));
    },
    sealChunks: (chunks, plain) => callChunks('seal', chunks, plain, SEALED_EXTRA_BYTES),
    openChunks: async (chunks, sealed) => {
      try {
        return await callChunks('open', chunks, [sealed], -SEALED_EXTRA_BYTES);
      } catch (error) {
        if (error instanceof CipherRefusal && error.status === DID_NOT_OPEN) return undefined;
        throw error;
      }
    },
  };
}

/** The wrapped key in an answer. @throws Error without quoting the answer */
function readKey(answer: Buffer): Sealed {
  let read: Partial<FileKeyAnswer> = {};
  try {
    read = JSON.parse(answer.toString());
  } catch {
    // Refused below.
  }
  if (!hasSealedForm(read.key)) throw new Error('there is no key');
  const { v, kid, content } = read.key;
  return { v, kid, content };
}
