import type { NewUpload, Upload } from '../../../chat-core/src/wire/wire.ts';
import { ApiError, toApiError } from '../api/api-error.ts';
import type { FileApi } from '../api/files.ts';
import type { Clock } from '../clock.ts';

type UploadApi = Pick<FileApi, 'createUpload' | 'putPart' | 'uploadState'>;
type Deps = {
  api: UploadApi;
  clock: Clock;
  signal: AbortSignal;
  /** The content; undefined when it is lost. */
  content: () => Promise<Blob | undefined>;
  /** Called with the bytes that the server has. */
  onStored: (stored: number) => void;
};

/** A part is as long as the line uploads in this time, so that a cut loses little, and at most what a request may have. */
const PART_MS = 2_000;
const PART_TIMEOUT_MS = 60_000;
/** Answers in a row after which the upload stood still. */
const MAX_STALLS = 3;

/**
 * Uploads a file from where the server is to its end, one part after another; everything may be repeated.
 * @throws ApiError TIMEOUT when it is aborted, NO_SUCH_FILE when the content is lost, or the server's
 */
export async function uploadFile(input: NewUpload, deps: Deps): Promise<void> {
  const { api, clock, signal, content, onStored } = deps;
  let state = await api.createUpload(input);
  let partBytes = state.chunkBytes;
  let stalls = 0;
  for (;;) {
    if (signal.aborted) throw new ApiError('TIMEOUT');
    onStored(state.offset);
    if (state.offset >= input.size) return;
    const blob = await content();
    // A browser that was short of room may have dropped it.
    if (!blob || blob.size !== input.size) throw new ApiError('NO_SUCH_FILE');
    const { offset } = state;
    const part = blob.slice(offset, Math.min(input.size, offset + partBytes));
    const startedAt = clock.now();
    state = await sendPart(offset, part);
    partBytes = nextPartBytes(state, part.size, clock.now() - startedAt);
    stalls = state.offset > offset ? 0 : stalls + 1;
    if (stalls === MAX_STALLS) throw new ApiError('UNKNOWN');
  }

  /** Resolves with where the server is, whether or not it is as far as this page believed. */
  async function sendPart(offset: number, part: Blob): Promise<Upload> {
    const ending = new AbortController();
    const end = () => ending.abort();
    signal.addEventListener('abort', end);
    const cancelTimeout = clock.after(PART_TIMEOUT_MS, end);
    try {
      return await api.putPart(input.id, offset, part, ending.signal);
    } catch (thrown) {
      if (toApiError(thrown).code !== 'WRONG_OFFSET') throw thrown;
      return await api.uploadState(input.id);
    } finally {
      cancelTimeout();
      signal.removeEventListener('abort', end);
    }
  }
}

/** Whole chunks, by the measured speed. */
export function nextPartBytes(
  { chunkBytes, maxPartBytes }: Pick<Upload, 'chunkBytes' | 'maxPartBytes'>,
  bytes: number,
  ms: number,
): number {
  const chunks = Math.floor(((bytes / Math.max(ms, 1)) * PART_MS) / chunkBytes);
  return Math.max(1, Math.min(chunks, Math.floor(maxPartBytes / chunkBytes))) * chunkBytes;
}
