import type { Id, Message } from '../../../chat-core/src/wire/wire.ts';
import { ApiError, type ApiErrorCode, backoff, isRetryable, toApiError } from '../api/api-error.ts';
import { createFileApi, type FileApi } from '../api/files.ts';
import type { Http } from '../api/http.ts';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import { createFileBlobs, type FileBlobs } from '../local-db/file-blobs.ts';
import type { OutboxEntry, PendingFile } from '../state/pending.ts';
import { uploadFile } from './upload-file.ts';

/** A file that is to be sent: its content, and what is shown of it meanwhile. */
export type NewFile = { file: Blob; pending: PendingFile };
export type Uploads = ReturnType<typeof createUploads>;

type Deps = {
  api: FileApi;
  blobs: FileBlobs;
  clock: Clock;
  /**
   * Replaces the files of a message in the outbox, with `keep` durably; resolves with false when it is gone or paused,
   * and nothing has changed.
   */
  setFiles: (messageId: Id, files: PendingFile[], keep: boolean) => Promise<boolean>;
  entries: () => OutboxEntry[];
  /** Reads the entries from the database; false where it cannot be read. */
  reread: () => Promise<boolean>;
};

const PLAIN_TYPE = 'application/octet-stream';
const MAX_CANCEL_ATTEMPTS = 6;
/** The server does not have the files any more that it had: it forgets those that stay unsent for a day. */
const LOST_CODES: readonly ApiErrorCode[] = ['NO_SUCH_FILE', 'UPLOAD_INCOMPLETE', 'UPLOAD_ID_REUSED'];

/** The uploads of one account, on the server and the files of this browser. */
export function openUploads(userId: Id, deps: Omit<Deps, 'api' | 'blobs'> & { http: Http }): Uploads {
  const { http, ...rest } = deps;
  return createUploads({ ...rest, api: createFileApi(http), blobs: createFileBlobs(userId, deps.clock) });
}

/** Uploads the files of messages that wait in the outbox. */
export function createUploads({ api, blobs, clock, setFiles, entries, reread }: Deps) {
  const running = new Map<Id, AbortController>();
  /** Messages whose files were begun again under new ids, which is tried once. */
  const restarted = new Set<Id>();
  const isUsed = (id: Id) => entries().some(({ files }) => files?.some((file) => file.id === id));
  void reread().then((isRead) => (isRead ? blobs.sweep(isUsed) : undefined));

  async function upload(entry: OutboxEntry, signal: AbortSignal): Promise<Id[]> {
    let files = entry.files ?? [];
    const keep = async (index: number, change: Partial<PendingFile>, durably: boolean) => {
      const next = files.map((file, at) => (at === index ? { ...file, ...change } : file));
      const isTaken = !signal.aborted && (await setFiles(entry.id, next, durably));
      if (isTaken) files = next;
      return isTaken;
    };
    /** Continues under another id; the content moves once the outbox has it. */
    const restart = async (index: number, change: Partial<PendingFile> = {}) => {
      const old = files[index]?.id ?? '';
      const content = await blobs.get(old);
      const id = newId();
      if (content) await blobs.put({ ...content, id });
      const isTaken = await keep(index, { ...change, id, stored: 0 }, true);
      await blobs.drop([isTaken ? old : id]);
      if (!isTaken) throw new ApiError('TIMEOUT');
    };

    for (const index of files.keys()) {
      const attempt = async () => {
        const file = files[index] as PendingFile;
        // Begun again it would be another upload: the message may have been stored already.
        if (file.stored === file.size) return;
        await uploadFile(newUpload(entry.conversationId, file), {
          api,
          clock,
          signal,
          content: async () => (await blobs.get(file.id))?.blob,
          onStored: (stored) => void (stored > file.stored && keep(index, { stored }, false)),
        });
        await keep(index, { stored: file.size }, true);
      };
      await attempt().catch(async (thrown: unknown) => {
        const { code } = toApiError(thrown);
        const { id = '', type } = files[index] ?? {};
        const isLying = code === 'WRONG_FILE_TYPE' && type !== PLAIN_TYPE;
        if (!isLying && code !== 'UPLOAD_ID_REUSED') throw thrown;
        await restart(index, isLying ? { type: PLAIN_TYPE } : {});
        if (isLying) void cancel(id);
        await attempt();
      });
    }
    return files.map(({ id }) => id);
  }

  /** Uploads everything again, after the server has forgotten it. */
  async function uploadAgain(entry: OutboxEntry): Promise<void> {
    const files = (entry.files ?? []).map((file) => ({ ...file, id: newId(), stored: 0 }));
    const contents = await Promise.all((entry.files ?? []).map(({ id }) => blobs.get(id)));
    if (contents.includes(undefined)) throw new ApiError('NO_SUCH_FILE');
    for (const [index, content] of contents.entries())
      if (content) await blobs.put({ ...content, id: files[index]?.id ?? '' });
    const isTaken = await setFiles(entry.id, files, true);
    await blobs.drop((isTaken ? (entry.files ?? []) : files).map(({ id }) => id));
  }

  /** Tells the server that an upload is not wanted; what it does not learn, it forgets after a day. */
  async function cancel(id: Id, failures = 0): Promise<void> {
    try {
      await api.cancelUpload(id);
    } catch (thrown) {
      const { code, retryAfter } = toApiError(thrown);
      if (isRetryable(code) && failures < MAX_CANCEL_ATTEMPTS)
        clock.after(backoff(failures + 1, retryAfter), () => void cancel(id, failures + 1));
    }
  }

  return {
    /** Stores the contents; false when this browser has no room for them. */
    async store(conversationId: Id, files: readonly NewFile[]): Promise<boolean> {
      const at = clock.now();
      try {
        for (const { file, pending } of files)
          await blobs.put({ id: pending.id, conversationId, blob: file, at });
        return true;
      } catch {
        await blobs.drop(files.map(({ pending }) => pending.id));
        return false;
      }
    },
    /** Uploads what is missing of a message's files, then sends it. Rejects with ApiError. */
    async deliver(entry: OutboxEntry, send: (attachments: Id[]) => Promise<Message>): Promise<Message> {
      const controller = new AbortController();
      running.get(entry.id)?.abort();
      running.set(entry.id, controller);
      try {
        const message = await send(await upload(entry, controller.signal));
        restarted.delete(entry.id);
        return message;
      } catch (thrown) {
        const { code } = toApiError(thrown);
        const now = entries().find(({ id }) => id === entry.id);
        const isLost = LOST_CODES.includes(code) && now !== undefined;
        if (!isLost || restarted.delete(entry.id)) throw thrown;
        restarted.add(entry.id);
        await uploadAgain(now);
        // What it has of them would count until it is a day old.
        if (code === 'UPLOAD_INCOMPLETE') for (const { id } of now.files ?? []) void cancel(id);
        throw new ApiError('UNKNOWN');
      } finally {
        if (running.get(entry.id) === controller) running.delete(entry.id);
      }
    },
    /** Ends an upload that is running; it can be continued. */
    stop: (messageId: Id) => running.get(messageId)?.abort(),
    /** A message is gone from the outbox: its files too, also from the server unless it was sent. */
    async drop({ id, files = [] }: OutboxEntry, isSent: boolean): Promise<void> {
      running.get(id)?.abort();
      await blobs.drop(files.map((file) => file.id));
      if (!isSent) await Promise.all(files.map((file) => cancel(file.id)));
    },
    dropContents: (files: readonly PendingFile[]) => blobs.drop(files.map(({ id }) => id)),
    forgetChats: blobs.forgetChats,
    /** The content of a file that waits here. */
    content: async (id: Id): Promise<Blob | undefined> => (await blobs.get(id))?.blob,
    /** Whether files survive the page. */
    persists: blobs.persists,
  };
}

function newUpload(conversationId: Id, { id, name, type, size, look }: PendingFile) {
  return { id, conversationId, name, type, size, ...look };
}
