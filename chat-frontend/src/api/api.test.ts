import { expect, test } from 'vitest';
import { createAccountApi } from './account.ts';
import { createApi, type SyncRequest } from './api.ts';
import { ApiError, toApiError } from './api-error.ts';

type Answer = Response | (() => Promise<Response>);

function apiAnswering(answer: Answer, token: string | undefined = 'a-token') {
  const requests: { url: string; init: RequestInit }[] = [];
  const ended: string[] = [];
  const api = createApi({
    base: '/api',
    token: () => token,
    onSignedOut: (used) => ended.push(used),
    fetch: (url, init) => {
      requests.push({ url: String(url), init: init ?? {} });
      return typeof answer === 'function' ? answer() : Promise.resolve(answer);
    },
  });
  return { api: { ...api, ...createAccountApi(api.http) }, requests, ended };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });

const failing = async (call: Promise<unknown>) => {
  const thrown = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(thrown).toBeInstanceOf(ApiError);
  return toApiError(thrown);
};

test('a request carries a bearer token and never a cookie', async () => {
  const { api, requests } = apiAnswering(json([]));
  await api.devices();
  expect(new Headers(requests[0]?.init.headers).get('Authorization')).toBe('Bearer a-token');
  expect(requests[0]?.init.credentials).toBe('omit');
});

const syncRequest = (more: Partial<SyncRequest> = {}): SyncRequest => {
  const { signal } = new AbortController();
  return { cursor: null, activity: 'active', wait: 25, signal, ...more };
};

test('a poll carries the cursor in a header, so that its URL stays the same', async () => {
  const { api, requests } = apiAnswering(
    new Response(null, { status: 204, headers: { 'Poll-After-Ms': '2500' } }),
  );
  expect(await api.sync(syncRequest())).toEqual({ pollAfterMs: 2_500 });
  await api.sync(syncRequest({ cursor: 'box.7.0' }));
  await api.sync(syncRequest({ activity: 'hidden', wait: 0 }));
  expect(requests.map(({ url }) => url)).toEqual([
    '/api/sync?wait=25&activity=active',
    '/api/sync?wait=25&activity=active',
    '/api/sync?activity=hidden',
  ]);
  expect(new Headers(requests[0]?.init.headers).has('Last-Event-ID')).toBe(false);
  expect(new Headers(requests[1]?.init.headers).get('Last-Event-ID')).toBe('box.7.0');
});

test('the time of the server is read from each answer that states it, also from one without changes', async () => {
  const times: (string | null)[] = [];
  const answers = [
    new Response(null, { status: 204, headers: { 'Box-Time': '1764338400000' } }),
    json({ cursor: 'box.8.0', pollAfterMs: 0 }, 200, { 'Box-Time': '1764338401000' }),
  ];
  const api = createApi({
    base: '/api',
    token: () => 'a-token',
    onSignedOut: () => undefined,
    onServerTime: (time) => times.push(time),
    fetch: async () => answers.shift() as Response,
  });
  await api.sync(syncRequest());
  await api.sync(syncRequest());
  expect(times).toEqual(['1764338400000', '1764338401000']);
});

test('the next poll follows at the interval that the server states, at once included, and after 4 seconds where it states none', async () => {
  const intervalOf = async (headers: HeadersInit) =>
    (await apiAnswering(new Response(null, { status: 204, headers })).api.sync(syncRequest())).pollAfterMs;
  expect(await intervalOf({ 'Poll-After-Ms': '0' })).toBe(0);
  expect(await intervalOf({})).toBe(4_000);
  expect(await intervalOf({ 'Poll-After-Ms': 'soon' })).toBe(4_000);
  const held = apiAnswering(json({ cursor: 'box.8.0', pollAfterMs: 0 }));
  expect((await held.api.sync(syncRequest())).pollAfterMs).toBe(0);
});

test('a poll has the signal it was given and no timeout of its own', async () => {
  const { api, requests } = apiAnswering(new Response(null, { status: 204 }));
  const given = syncRequest();
  await api.sync(given);
  expect(requests[0]?.init.signal).toBe(given.signal);
});

test('a refusal is an ApiError with its code, status and Retry-After', async () => {
  const { api } = apiAnswering(json({ error: '…', code: 'CIPHER_UNAVAILABLE' }, 503, { 'Retry-After': '3' }));
  const failure = await failing(api.devices());
  expect(failure).toMatchObject({ code: 'CIPHER_UNAVAILABLE', status: 503, retryAfter: 3 });
});

test('an unreachable server, a timeout and a foreign answer are distinguished', async () => {
  const lost = apiAnswering(() => Promise.reject(new TypeError('Failed to fetch')));
  expect(await failing(lost.api.devices())).toMatchObject({ code: 'NETWORK', status: 0 });
  const silent = apiAnswering(() => Promise.reject(new DOMException('late', 'TimeoutError')));
  expect(await failing(silent.api.devices())).toMatchObject({ code: 'TIMEOUT', status: 0 });
  const tunnel = apiAnswering(new Response('<h1>530</h1>', { status: 530 }));
  expect(await failing(tunnel.api.devices())).toMatchObject({ code: 'UNKNOWN', status: 530 });
  const portal = apiAnswering(new Response('<h1>Hotel Wi-Fi</h1>', { status: 200 }));
  expect(await failing(portal.api.devices())).toMatchObject({ code: 'UNKNOWN', status: 200 });
});

test('an ended session is reported with its token; a wrong password is not reported', async () => {
  const ended = apiAnswering(json({ error: '…', code: 'UNAUTHENTICATED' }, 401));
  await failing(ended.api.devices());
  expect(ended.ended).toEqual(['a-token']);
  const wrong = apiAnswering(json({ error: '…', code: 'WRONG_CREDENTIALS' }, 401), undefined);
  await failing(wrong.api.login({ username: 'sari', password: 'x' }));
  expect(wrong.ended).toEqual([]);
});
