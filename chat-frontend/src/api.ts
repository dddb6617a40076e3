import type { ErrorCode } from '../../chat-core/src/errors.ts';
import type {
  Activity,
  AddFriend,
  AddFriendAnswer,
  ChangePassword,
  ChangePasswordAnswer,
  Credentials,
  Delta,
  Device,
  Done,
  Id,
  LoginAnswer,
  Logout,
  Message,
  Profile,
  PushKeyAnswer,
  PushSubscribe,
  ReadUpTo,
  ReadUpToAnswer,
  SendMessage,
  TokenAnswer,
} from '../../chat-core/src/wire.ts';

/** The API's codes, and what can go wrong before the API is reached: no network, 15 s of silence, a foreign answer. */
export type FailureCode = ErrorCode | 'NETWORK' | 'TIMEOUT' | 'UNKNOWN';

/** A call that did not succeed. `status` is 0 when nothing was answered; `retryAfter` is in seconds. */
export class ApiFailure extends Error {
  override name = 'ApiFailure';
  readonly code: FailureCode;
  readonly status: number;
  readonly retryAfter: number;

  constructor(code: FailureCode, status = 0, retryAfter = 0) {
    super(code);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** `wait` is for how many seconds the box may hold the poll; `signal` ends it, as nothing else does. */
export type SyncAsk = { cursor: string | null; activity: Activity; wait: number; signal: AbortSignal };
/** `delta` is absent when nothing changed; `pollAfterMs` is the pace the box asks for. */
export type SyncAnswer = { delta?: Delta; pollAfterMs: number };
export type HistoryQuery = { myId: Id; conversationId: Id; before?: number; limit?: number };

type ApiDeps = {
  base: string;
  token: () => string | undefined;
  onSignedOut: (token: string) => void;
  fetch?: typeof fetch;
  timeoutMs?: number;
};
type Call = {
  body?: unknown;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

const DEFAULT_POLL_MS = 4_000;

export type Api = ReturnType<typeof createApi>;

/** One function per call. Each rejects with ApiFailure and nothing else. Identity travels as a bearer token only. */
export function createApi({
  base,
  token,
  onSignedOut,
  fetch = globalThis.fetch,
  timeoutMs = 15_000,
}: ApiDeps) {
  async function request(method: 'GET' | 'POST', path: string, call: Call = {}): Promise<Response> {
    const used = token();
    const headers = new Headers(call.headers);
    if (used) headers.set('Authorization', `Bearer ${used}`);
    if (call.body !== undefined) headers.set('Content-Type', 'application/json');
    const query = call.query ? `?${new URLSearchParams(call.query)}` : '';
    const init: RequestInit = {
      method,
      headers,
      credentials: 'omit',
      cache: 'no-store',
      signal: call.signal ?? AbortSignal.timeout(timeoutMs),
    };
    if (call.body !== undefined) init.body = JSON.stringify(call.body);
    const response = await fetch(`${base}${path}${query}`, init).catch((cause: unknown) => {
      throw unanswered(cause);
    });
    if (response.ok) return response;
    const failure = await refusal(response);
    if (failure.code === 'UNAUTHENTICATED' && used) onSignedOut(used);
    throw failure;
  }

  const post = async <Answer>(path: string, body: unknown): Promise<Answer> =>
    readAnswer<Answer>(await request('POST', path, { body }));
  const get = async <Answer>(path: string, query?: Record<string, string>): Promise<Answer> =>
    readAnswer<Answer>(await request('GET', path, query ? { query } : {}));

  return {
    register: (body: Credentials) => post<Profile>('/auth/register', body),
    login: (body: Credentials) => post<LoginAnswer>('/auth/login', body),
    refresh: () => post<TokenAnswer>('/auth/refresh', {}),
    logout: (body: Logout) => post<Done>('/auth/logout', body),
    devices: () => get<Device[]>('/auth/devices'),
    changePassword: (body: ChangePassword) => post<ChangePasswordAnswer>('/auth/change-password', body),
    addFriend: (body: AddFriend) => post<AddFriendAnswer>('/friends/add', body),
    send: (body: SendMessage) => post<Message>('/chat/send', body),
    history: (query: HistoryQuery) => get<Message[]>('/chat/history', asQuery(query)),
    readUpTo: (body: ReadUpTo) => post<ReadUpToAnswer>('/chat/read', body),
    pushKey: () => get<PushKeyAnswer>('/push/key'),
    pushSubscribe: (body: PushSubscribe) => post<Done>('/push/subscribe', body),
    pushUnsubscribe: () => post<Done>('/push/unsubscribe', {}),
    pushTest: () => post<Done>('/push/test', {}),
    /** The URL is one of few, so that a cross-origin page pays for a preflight now and then, not for each poll. */
    async sync({ cursor, activity, wait, signal }: SyncAsk): Promise<SyncAnswer> {
      const query = { ...(wait > 0 ? { wait: String(wait) } : {}), activity };
      const headers: Record<string, string> = cursor ? { 'Last-Event-ID': cursor } : {};
      const response = await request('GET', '/sync', { query, headers, signal });
      if (response.status === 204) return { pollAfterMs: paceOf(response.headers.get('Poll-After-Ms')) };
      const delta = await readAnswer<Delta>(response);
      return { delta, pollAfterMs: paceOf(delta.pollAfterMs) };
    },
  };
}

/** Zero is a pace too: at once. */
function paceOf(told: string | number | null): number {
  const ms = Number(told ?? Number.NaN);
  return ms >= 0 ? ms : DEFAULT_POLL_MS;
}

function asQuery(query: HistoryQuery): Record<string, string> {
  const { before, limit, ...ids } = query;
  return {
    ...ids,
    ...(before === undefined ? {} : { before: String(before) }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
  };
}

function unanswered(cause: unknown): ApiFailure {
  const silent = cause instanceof Error && (cause.name === 'TimeoutError' || cause.name === 'AbortError');
  return new ApiFailure(silent ? 'TIMEOUT' : 'NETWORK');
}

async function refusal(response: Response): Promise<ApiFailure> {
  const retryAfter = Number(response.headers.get('Retry-After')) || 0;
  const body: unknown = await response.json().catch(() => null);
  const code =
    body && typeof body === 'object' && 'code' in body && typeof body.code === 'string' && body.code;
  return new ApiFailure(code ? (code as ErrorCode) : 'UNKNOWN', response.status, retryAfter);
}

/** A success that is not JSON comes from something in between (a captive portal, a wrong API address). */
async function readAnswer<Answer>(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch (cause) {
    const silent = cause instanceof Error && cause.name === 'TimeoutError';
    throw new ApiFailure(silent ? 'TIMEOUT' : 'UNKNOWN', response.status);
  }
}

/** The failure in whatever was thrown. */
export function failureOf(thrown: unknown): ApiFailure {
  return thrown instanceof ApiFailure ? thrown : new ApiFailure('UNKNOWN');
}
