import type { FileAddress } from '../../../../chat-core/src/wire/wire.ts';
import { ApiError } from '../../api/api-error.ts';
import type { Http } from '../../api/http.ts';

/** A file on the disk of the person that the page may write; it does not exist as a whole before `close`. */
type Target = Pick<FileSystemFileHandle, 'createWritable'> & { remove?: () => Promise<void> };
type Picker = (options: { suggestedName: string }) => Promise<Target>;

/** A download that runs until it ends, also while another screen is shown. */
export type Download = { bytes(): number; cancel(): void; finished: Promise<void> };

/**
 * Asks where the export is to be stored, where the browser lets a page write a file (Chromium; not Firefox nor Safari).
 * @returns undefined where it does not; null when the person chose no file
 */
export async function pickTarget(): Promise<Target | null | undefined> {
  const picker = (window as { showSaveFilePicker?: Picker }).showSaveFilePicker;
  if (!picker) return undefined;
  const suggestedName = `bisik-${new Date().toJSON().slice(0, 10)}.zip`;
  return picker.call(window, { suggestedName }).catch((thrown: unknown) => {
    // A browser that has the picker may still forbid it here.
    return thrown instanceof DOMException && thrown.name === 'AbortError' ? null : undefined;
  });
}

/** The address of an export, good for five minutes. @throws ApiError */
export async function exportAddress(http: Http): Promise<string> {
  const { path } = await http.post<FileAddress>('/me/export', {});
  return `${http.base}${path}`;
}

/**
 * Writes an export into a file while it arrives: the page holds a piece of it at a time. A download that ends early leaves no file.
 * `finished` rejects with ApiError: TIMEOUT when it was cancelled, NETWORK when it broke off or could not be written.
 */
export function startDownload(http: Http, target: Target, onBytes: () => void): Download {
  const ending = new AbortController();
  const { signal } = ending;
  let bytes = 0;

  async function run(): Promise<void> {
    const response = await fetch(await exportAddress(http), { credentials: 'omit', signal });
    if (!response.ok || !response.body) throw await errorOf(response);
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        bytes += piece.length;
        onBytes();
        controller.enqueue(piece);
      },
    });
    await response.body.pipeThrough(counter).pipeTo(await target.createWritable(), { signal });
  }

  const finished = run().catch(async (thrown: unknown) => {
    await target.remove?.().catch(() => undefined);
    if (thrown instanceof ApiError && !signal.aborted) throw thrown;
    throw new ApiError(signal.aborted ? 'TIMEOUT' : 'NETWORK');
  });
  return { bytes: () => bytes, cancel: () => ending.abort(), finished };
}

async function errorOf(response: Response): Promise<ApiError> {
  const body: { code?: ApiError['code'] } | null = await response.json().catch(() => null);
  return new ApiError(body?.code ?? 'UNKNOWN', response.status, Number(response.headers.get('Retry-After')));
}
