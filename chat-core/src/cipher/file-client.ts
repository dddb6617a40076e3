import { Agent, type AgentOptions, request } from 'node:https';
import type { FileBinding, FileChunks, FileKeyAnswer } from '../../../cipher-service/src/wire.ts';
import { type Cipher, SEALED_EXTRA_BYTES, type Sealed } from './cipher.ts';

/** A part of a file is sealed or opened within a millisecond or two; the rest is room for a busy machine. */
const TIMEOUT_MS = 5_000;
/** Transfers have connections of their own, few, so that texts never wait behind files. */
const MAX_SOCKETS = 2;
const CHUNK_BYTES = 64 * 1024;
const MAX_ANSWER_BYTES = 4 * (CHUNK_BYTES + SEALED_EXTRA_BYTES);

/** cipher-service refused to open: the key or a chunk is not what it should be. */
class NotOpened extends Error {}

/**
 * The calls of chat-core for the keys and bytes of files, over mutual TLS like those for texts. They fail closed: an answer
 * of another length than the chunks require is an error.
 */
export function openFileCipher(
  url: string,
  tls: AgentOptions,
  timeoutMs = TIMEOUT_MS,
): Pick<Cipher, 'newFileKey' | 'sealChunks' | 'openChunks' | 'close'> {
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: MAX_SOCKETS });
  const call = (path: string, headers: Record<string, string>, body: Uint8Array) =>
    post(agent, new URL(path, url), headers, body, timeoutMs);
  const callChunks = async (what: 'seal' | 'open', chunks: FileChunks, bytes: Uint8Array, extra: number) => {
    const header = Buffer.from(JSON.stringify(chunks)).toString('base64url');
    const type = 'application/octet-stream';
    const answer = await call(`/file/${what}`, { 'Content-Type': type, 'File-Chunks': header }, bytes);
    const size = what === 'seal' ? CHUNK_BYTES : CHUNK_BYTES + SEALED_EXTRA_BYTES;
    if (answer.length !== bytes.length + extra * Math.ceil(bytes.length / size)) {
      throw new Error('the answer is not whole');
    }
    return answer;
  };
  return {
    newFileKey: async (binding: FileBinding) => {
      const body = Buffer.from(JSON.stringify({ binding }));
      return readKey(await call('/file/key', { 'Content-Type': 'application/json' }, body));
    },
    sealChunks: (chunks, plain) => callChunks('seal', chunks, plain, SEALED_EXTRA_BYTES),
    openChunks: async (chunks, sealed) => {
      try {
        return await callChunks('open', chunks, sealed, -SEALED_EXTRA_BYTES);
      } catch (error) {
        if (error instanceof NotOpened) return undefined;
        throw error;
      }
    },
    close: () => agent.destroy(),
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
  const { v, kid, content } = (read.key ?? {}) as Partial<Sealed>;
  if (v !== 1 || typeof kid !== 'string' || typeof content !== 'string') throw new Error('there is no key');
  return { v, kid, content };
}

function post(
  agent: Agent,
  url: URL,
  headers: Record<string, string>,
  body: Uint8Array,
  timeoutMs: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      agent,
      method: 'POST',
      headers: { ...headers, 'Content-Length': body.length },
      signal: AbortSignal.timeout(timeoutMs),
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else if (response.statusCode === 422) reject(new NotOpened());
        else reject(new Error(`cipher-service answered ${response.statusCode}`));
      });
    });
    sent.end(body);
  });
}
