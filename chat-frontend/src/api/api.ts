import type {
  Activity,
  Delta,
  Done,
  Id,
  Message,
  PictureAnswer,
  ReadUpTo,
  ReadUpToAnswer,
  SendMessage,
  ServerInfo,
  TokenAnswer,
} from '../../../chat-core/src/wire/wire.ts';
import { createHttp, type HttpDeps, readAnswer } from './http.ts';

/** `wait`: the seconds for which the server may hold the poll; `signal` aborts it, and is its only timeout. */
export type SyncRequest = { cursor: string | null; activity: Activity; wait: number; signal: AbortSignal };
/** `delta` is absent when nothing changed; `pollAfterMs`: the interval that the server asks for. */
export type SyncAnswer = { delta?: Delta; pollAfterMs: number };
export type HistoryQuery = { myId: Id; conversationId: Id; before?: number; limit?: number };
/** Identifies one message, as its URL does. */
export type MessageRef = { conversationId: Id; seq: number };

const DEFAULT_POLL_MS = 4_000;

export type Api = ReturnType<typeof createApi>;

/** One function per call. Each rejects with ApiError and nothing else. */
export function createApi(deps: HttpDeps) {
  const http = createHttp(deps);
  const { request, get, post, patch, remove } = http;
  const pathOf = ({ conversationId, seq }: MessageRef) => `/conversations/${conversationId}/messages/${seq}`;

  return {
    /** For the calls of the lazy parts. */
    http,
    serverInfo: () => get<ServerInfo>('/box'),
    refresh: () => post<TokenAnswer>('/auth/refresh', {}),
    groupPicture: (conversationId: Id) => get<PictureAnswer>(`/groups/${conversationId}/picture`),
    picture: (userId: Id) => get<PictureAnswer>(`/people/${userId}/picture`),

    send: (body: SendMessage) => post<Message>('/chat/send', body),
    edit: (at: MessageRef, message: string) => patch<Message>(pathOf(at), { message }),
    remove: (at: MessageRef, whom: 'me' | 'everyone') => remove<Message>(pathOf(at), { for: whom }),
    history: (query: HistoryQuery) => get<Message[]>('/chat/history', query),
    readUpTo: (body: ReadUpTo) => post<ReadUpToAnswer>('/chat/read', body),
    typing: (conversationId: Id) => post<Done>('/chat/typing', { conversationId }),
    /** The cursor is a header, so that the URL stays the same and a cross-origin page does not need a preflight per poll. */
    async sync({ cursor, activity, wait, signal }: SyncRequest): Promise<SyncAnswer> {
      const query = wait > 0 ? { wait, activity } : { activity };
      const headers: Record<string, string> = cursor ? { 'Last-Event-ID': cursor } : {};
      const response = await request('GET', '/sync', { query, headers, signal });
      if (response.status === 204)
        return { pollAfterMs: pollIntervalOf(response.headers.get('Poll-After-Ms')) };
      const delta = await readAnswer<Delta>(response);
      return { delta, pollAfterMs: pollIntervalOf(delta.pollAfterMs) };
    },
  };
}

/** Zero is a valid interval: at once. */
function pollIntervalOf(stated: string | number | null): number {
  const ms = Number(stated ?? -1);
  return ms >= 0 ? ms : DEFAULT_POLL_MS;
}
