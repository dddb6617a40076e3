import { ApiError, backoff, isRetryable } from '../../../api/api-error.ts';
import type { createFileApi, FileRef } from '../../../api/files.ts';
import type { Clock } from '../../../clock.ts';
import { kindOf } from '../file-kind.ts';

/** A transfer that brings no byte for this long is begun anew where it stopped. */
const STALL_MS = 30_000;
const MAX_FAILURES = 5;

export type OnProgress = (bytes: number) => void;
type Deps = { api: Pick<ReturnType<typeof createFileApi>, 'content'>; clock: Clock };

/**
 * The content of a file. A transfer that is cut continues where it stopped. The type of the blob is that of the answer if
 * the page shows it, else `application/octet-stream`: a blob of HTML or SVG would run as a page of its own.
 * @throws ApiError, or the reason of `signal`
 */
export async function download(
  { api, clock }: Deps,
  ref: FileRef,
  size: number,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Blob> {
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let stored = 0;
  for (let failures = 0; ; ) {
    const attempt = new AbortController();
    const stalled = () => attempt.abort();
    let cancelStall = clock.after(STALL_MS, stalled);
    try {
      const response = await api.content(ref, AbortSignal.any([signal, attempt.signal]), stored);
      if (stored > 0 && response.status !== 206) [chunks, stored] = [[], 0];
      const reader = response.body?.getReader();
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) break;
        cancelStall();
        cancelStall = clock.after(STALL_MS, stalled);
        chunks.push(value);
        stored += value.length;
        failures = 0;
        onProgress(stored);
      }
      if (stored < size) throw new ApiError('NETWORK');
      return new Blob(chunks, { type: shownType(response.headers.get('Content-Type')) });
    } catch (thrown) {
      signal.throwIfAborted();
      // What a reader rejects with when the connection is cut is no ApiError.
      const failure = thrown instanceof ApiError ? thrown : new ApiError('NETWORK');
      failures += 1;
      if (!isRetryable(failure.code) || failures > MAX_FAILURES) throw failure;
      await pause(clock, backoff(failures, failure.retryAfter), signal);
    } finally {
      cancelStall();
    }
  }
}

function shownType(header: string | null): string {
  const [type = ''] = (header ?? '').split(';');
  return kindOf({ type }) === 'file' ? 'application/octet-stream' : type;
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve);
    signal.addEventListener('abort', () => {
      cancel();
      reject(signal.reason);
    });
  });
}
