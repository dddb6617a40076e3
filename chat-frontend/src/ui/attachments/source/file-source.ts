import type { Id } from '../../../../../chat-core/src/wire/wire.ts';
import { createFileApi, type FileRef } from '../../../api/files.ts';
import { type KeptPictures, openKeptPictures } from '../../../local-db/kept-pictures.ts';
import type { FileInfo } from '../../../state/file-kind.ts';
import type { Ui } from '../../ui.ts';
import { kindOf } from '../file-kind.ts';
import { download, type OnProgress } from './download.ts';
import { createSharedDownloads } from './shared-downloads.ts';
import { createUrlCache } from './url-cache.ts';

/** Blobs that nothing shows stay in memory up to this. */
const MAX_MEMORY_BYTES = 24_000_000;
/** The server allows four transfers at once to an account. */
const MAX_AT_ONCE = 3;

/** A file of a message; without a `seq` it is not sent yet and its content is in this browser. */
export type SourceRef = { conversationId: Id; seq: number | undefined; file: FileInfo };

/** Where the content of a file comes from. */
export type FileSource = {
  /** The content, from this browser or else downloaded. @throws ApiError, or the reason of `signal` */
  blob(onProgress?: OnProgress, signal?: AbortSignal): Promise<Blob>;
  /** The content if this browser has it. */
  local(): Promise<Blob | undefined>;
  /** An object URL that stays valid until it is released. @throws like `blob` */
  url(onProgress?: OnProgress, signal?: AbortSignal): Promise<{ url: string; release: () => void }>;
  /** An address that a media element can play for some minutes. @throws ApiError */
  address(): Promise<string>;
};

type Account = {
  userId: Id;
  urls: ReturnType<typeof createUrlCache>;
  downloads: ReturnType<typeof createSharedDownloads>;
  kept: KeptPictures | undefined;
};
let account: Account | undefined;

/** What this page holds for the account that is signed in; of another one nothing stays. */
function accountOf({ state, limit }: Ui): Account {
  const userId = state().me?.id ?? '';
  if (account?.userId === userId) return account;
  account?.urls.clear();
  account?.kept?.close();
  const storesNothing = userId === '' || (limit() ?? 'login') !== 'login';
  account = {
    userId,
    urls: createUrlCache(MAX_MEMORY_BYTES),
    downloads: createSharedDownloads(MAX_AT_ONCE),
    // `navigator.storage` is absent on plain http.
    kept: storesNothing
      ? undefined
      : openKeptPictures(userId, navigator.storage as StorageManager | undefined),
  };
  return account;
}

/** Opens a file of a message. Whoever opens the same one shares its download. */
export function openSource(ui: Ui, { conversationId, seq, file }: SourceRef): FileSource {
  const { id, size } = file;
  const api = createFileApi(ui.http);
  const ref = (): FileRef => ({ conversationId, seq: seq ?? 0, attachmentId: id });
  const isKept = kindOf(file) === 'photo';

  async function local(): Promise<Blob | undefined> {
    const { urls, kept } = accountOf(ui);
    const held = urls.blob(id);
    if (held) return held;
    const found =
      seq === undefined
        ? await ui.actions.pendingContent(id)
        : isKept && (await kept?.get(conversationId, id));
    if (found) urls.add(id, found);
    return found || undefined;
  }

  async function blob(onProgress: OnProgress = () => undefined, signal = new AbortController().signal) {
    const found = await local();
    if (found) return found;
    const { downloads, urls, kept } = accountOf(ui);
    const load = (onPart: OnProgress, stop: AbortSignal) =>
      download({ api, clock: ui.clock }, ref(), size, onPart, stop);
    const loaded = await downloads.get(id, load, onProgress, signal);
    urls.add(id, loaded);
    if (isKept && seq !== undefined) void kept?.put({ conversationId, id, seq, blob: loaded });
    return loaded;
  }

  return {
    blob,
    local,
    async url(onProgress, signal) {
      const found = await blob(onProgress, signal);
      const { urls } = accountOf(ui);
      urls.add(id, found);
      return { url: urls.hold(id) ?? '', release: () => urls.release(id) };
    },
    async address() {
      const { urls } = accountOf(ui);
      if (await local()) return urls.hold(id) ?? '';
      const { path } = await api.address(ref());
      return `${ui.http.base}${path}`;
    },
  };
}
