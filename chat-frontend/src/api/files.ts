import type {
  FileAddress,
  Id,
  Message,
  NewUpload,
  StorageUse,
  Upload,
} from '../../../chat-core/src/wire/wire.ts';
import type { MessageRef } from './api.ts';
import type { Http } from './http.ts';

/** A file of a message, as its URL names it. */
export type FileRef = MessageRef & { attachmentId: Id };
/** A page of the messages with files of a conversation, newest first. */
export type FilesQuery = { before?: number; kind?: 'media' | 'files' };

export type FileApi = ReturnType<typeof createFileApi>;

/** The calls of files, one function each, loaded with what needs them. Each may be repeated, and rejects with ApiError only. */
export function createFileApi(http: Http) {
  const { get, post, remove, request } = http;
  const upload = (id: Id) => `/attachments/${id}`;
  const file = ({ conversationId, seq, attachmentId }: FileRef) =>
    `/conversations/${conversationId}/messages/${seq}/attachments/${attachmentId}`;

  return {
    /** The id is the client's: a repeat answers how far the same upload is. */
    createUpload: (body: NewUpload) => post<Upload>('/attachments', body),
    uploadState: (id: Id) => get<Upload>(upload(id)),
    cancelUpload: (id: Id) => remove<unknown>(upload(id)),
    /** Stores the bytes at an offset, at most `maxPartBytes` of the upload. */
    async putPart(id: Id, offset: number, bytes: Blob, signal: AbortSignal): Promise<Upload> {
      const response = await request('PUT', upload(id), { bytes, query: { offset }, signal });
      return (await response.json()) as Upload;
    },
    /** The content of a file, whole or from a byte on. */
    content: (ref: FileRef, signal: AbortSignal, from = 0): Promise<Response> =>
      request('GET', file(ref), { signal, headers: from > 0 ? { Range: `bytes=${from}-` } : {} }),
    /** A path that a media element can play for some minutes, relative to the API. */
    address: (ref: FileRef) => post<FileAddress>(`${file(ref)}/address`, {}),
    storageUse: () => get<StorageUse>('/me/storage'),
    filesOf: (conversationId: Id, query: FilesQuery) =>
      get<{ messages: Message[]; before?: number }>(`/conversations/${conversationId}/attachments`, {
        ...query,
      }),
  };
}
