import type { Id } from '../../../../../chat-core/src/wire/wire.ts';
import type { OnProgress } from './download.ts';

type Download = {
  result: Promise<Blob>;
  abort: AbortController;
  listeners: Set<OnProgress>;
  users: number;
  progress: { stored: number };
};
type Load = (onProgress: OnProgress, signal: AbortSignal) => Promise<Blob>;

/**
 * Downloads by file: those who want the same one share it, and it is aborted when none of them wants it any longer. At
 * most `maxAtOnce` run, the newest request first: it is what the reader looks at.
 */
export function createSharedDownloads(maxAtOnce: number) {
  const downloads = new Map<Id, Download>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn(load: Load, onProgress: OnProgress, signal: AbortSignal): Promise<Blob> {
    if (running >= maxAtOnce) await new Promise<void>((turn) => waiting.push(turn));
    running += 1;
    try {
      signal.throwIfAborted();
      return await load(onProgress, signal);
    } finally {
      running -= 1;
      waiting.pop()?.();
    }
  }

  function begin(id: Id, load: Load): Download {
    const abort = new AbortController();
    const listeners = new Set<OnProgress>();
    const progress = { stored: 0 };
    const onProgress = (bytes: number) => {
      progress.stored = bytes;
      for (const listener of listeners) listener(bytes);
    };
    const result = inTurn(load, onProgress, abort.signal);
    const begun: Download = { result, abort, listeners, users: 0, progress };
    const forget = () => downloads.get(id) === begun && downloads.delete(id);
    result.then(forget, forget);
    downloads.set(id, begun);
    return begun;
  }

  return {
    /** @throws what `load` throws, or the reason of `signal` */
    async get(id: Id, load: Load, onProgress: OnProgress, signal: AbortSignal): Promise<Blob> {
      signal.throwIfAborted();
      const download = downloads.get(id) ?? begin(id, load);
      download.users += 1;
      download.listeners.add(onProgress);
      if (download.progress.stored > 0) onProgress(download.progress.stored);
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      try {
        return await Promise.race([download.result, aborted]);
      } finally {
        download.listeners.delete(onProgress);
        download.users -= 1;
        if (download.users === 0 && signal.aborted) {
          download.abort.abort(signal.reason);
          downloads.delete(id);
        }
      }
    },
  };
}
