import type { Message, NewUpload, Upload } from '../../../chat-core/src/wire/wire.ts';
import { ApiError, type ApiErrorCode } from '../../src/api/api-error.ts';
import type { FileApi } from '../../src/api/files.ts';
import type { OutboxEntry } from '../../src/state/pending.ts';

/**
 * What happens to a request: `lost`: it is carried out and its answer does not arrive; `cut`: it does not arrive; `some`:
 * of a part only the first chunk is stored; `back`: a power cut takes the last chunks of every upload; `swept`: the server
 * forgets every open upload; `hang`: a part is never answered; a code: it is refused with it.
 */
export type ServerFault = 'ok' | 'lost' | 'cut' | 'some' | 'back' | 'swept' | 'hang' | ApiErrorCode;

type Held = { input: NewUpload; bytes: Uint8Array };
const CHUNK_BYTES = 4;
const MAX_PART_BYTES = 16;

/** A server of uploads with small chunks, as the API describes it; `next` decides what happens to each request. */
export function fakeFileServer(next: () => ServerFault) {
  const uploads = new Map<string, Held>();
  const usedIds = new Set<string>();
  const messages: { entry: OutboxEntry; files: Held[]; message: Message }[] = [];
  const cancelled: string[] = [];
  const parts: number[] = [];

  const stateOf = ({ input, bytes }: Held): Upload => ({
    id: input.id,
    size: input.size,
    offset: bytes.length,
    chunkBytes: CHUNK_BYTES,
    maxPartBytes: MAX_PART_BYTES,
  });
  const held = (id: string) => {
    const found = uploads.get(id);
    if (!found) throw new ApiError('NO_SUCH_FILE', 404);
    return found;
  };

  async function request<Answer>(run: (isPartial: boolean) => Answer, signal?: AbortSignal): Promise<Answer> {
    await Promise.resolve();
    const drawn = next();
    const fault = drawn === 'hang' && !signal ? 'cut' : drawn;
    if (fault === 'hang') {
      await new Promise((done) => signal?.addEventListener('abort', done));
      throw new ApiError('TIMEOUT');
    }
    if (fault === 'back')
      for (const one of uploads.values())
        one.bytes = one.bytes.slice(
          0,
          Math.max(0, (Math.ceil(one.bytes.length / CHUNK_BYTES) - 4) * CHUNK_BYTES),
        );
    if (fault === 'swept') uploads.clear();
    if (fault === 'cut' || fault === 'back') throw new ApiError('NETWORK');
    if (fault !== 'ok' && fault !== 'lost' && fault !== 'some' && fault !== 'swept')
      throw new ApiError(fault, 503, 1);
    const answer = run(fault === 'some');
    if (fault === 'lost' || fault === 'some') throw new ApiError('NETWORK');
    return answer;
  }

  const api: Pick<FileApi, 'createUpload' | 'uploadState' | 'cancelUpload' | 'putPart'> = {
    createUpload: (input) =>
      request(() => {
        const found = uploads.get(input.id);
        if (found && JSON.stringify(found.input) === JSON.stringify(input)) return stateOf(found);
        if (usedIds.has(input.id)) throw new ApiError('UPLOAD_ID_REUSED', 409);
        usedIds.add(input.id);
        const created = { input, bytes: new Uint8Array() };
        uploads.set(input.id, created);
        return stateOf(created);
      }),
    uploadState: (id) => request(() => stateOf(held(id))),
    cancelUpload: (id) =>
      request(() => {
        cancelled.push(id);
        return uploads.delete(id);
      }),
    async putPart(id, offset, part, signal) {
      const bytes = new Uint8Array(await part.arrayBuffer());
      return request((isPartial) => {
        const one = held(id);
        const isLast = offset + bytes.length === one.input.size;
        if (bytes.length === 0 || bytes.length > MAX_PART_BYTES || (bytes.length % CHUNK_BYTES && !isLast))
          throw new ApiError('INVALID_REQUEST', 400);
        if (offset + bytes.length <= one.bytes.length) return stateOf(one);
        if (offset !== one.bytes.length) throw new ApiError('WRONG_OFFSET', 409);
        parts.push(bytes.length);
        if (one.input.type === 'image/png' && bytes[0] !== 0x89 && offset === 0)
          throw new ApiError('WRONG_FILE_TYPE', 400);
        one.bytes = Uint8Array.from([
          ...one.bytes,
          ...bytes.slice(0, isPartial ? CHUNK_BYTES : bytes.length),
        ]);
        return stateOf(one);
      }, signal);
    },
  };

  return {
    api: api as FileApi,
    uploads,
    messages,
    cancelled,
    parts,
    send: (entry: OutboxEntry, attachments: string[] = []): Promise<Message> =>
      request(() => {
        const known = messages.find((one) => one.entry.id === entry.id);
        if (known) return known.message;
        const files = attachments.map(held);
        if (files.some(({ input, bytes }) => bytes.length !== input.size))
          throw new ApiError('UPLOAD_INCOMPLETE', 409);
        for (const id of attachments) uploads.delete(id);
        const { id, conversationId, text: content } = entry;
        const seq = messages.length + 1;
        const message = { id, conversationId, content, seq, senderId: 'me', timestamp: 1, rev: seq };
        messages.push({ entry, files, message });
        return message;
      }),
  };
}
