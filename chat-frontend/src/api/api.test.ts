import { expect, test } from 'vitest';
import { createApi, type SyncAsk } from './api.ts';
import { ApiError, toApiError } from './api-error.ts';

type Answer = Response | (() => Promise<Response>);

function apiAnswering(answer: Answer, token: string | undefined = 'a-token') {
  const asked: { url: string; init: RequestInit }[] = [];
  const ended: string[] = [];
  const api = createApi({
    base: '/api',
    token: () => token,
    onSignedOut: (used) => ended.push(used),
    fetch: (url, init) => {
      asked.push({ url: String(url), init: init ?? {} });
      return typeof answer === 'function' ? answer() : Promise.resolve(answer);
    },
  });
  return { api, asked, ended };
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

test('says who it is by a bearer token and never by a cookie', async () => {
  const { api, asked } = apiAnswering(json([]));
  await api.devices();
  expect(new Headers(asked[0]?.init.headers).get('Authorization')).toBe('Bearer a-token');
  expect(asked[0]?.init.credentials).toBe('omit');
});

const ask = (more: Partial<SyncAsk> = {}): SyncAsk => {
  const { signal } = new AbortController();
  return { cursor: null, activity: 'active', wait: 25, signal, ...more };
};

test('polls few unchanging addresses and carries the cursor in a header', async () => {
  const { api, asked } = apiAnswering(
    new Response(null, { status: 204, headers: { 'Poll-After-Ms': '2500' } }),
  );
  expect(await api.sync(ask())).toEqual({ pollAfterMs: 2_500 });
  await api.sync(ask({ cursor: 'box.7.0' }));
  await api.sync(ask({ activity: 'hidden', wait: 0 }));
  expect(asked.map(({ url }) => url)).toEqual([
    '/api/sync?wait=25&activity=active',
    '/api/sync?wait=25&activity=active',
    '/api/sync?activity=hidden',
  ]);
  expect(new Headers(asked[0]?.init.headers).has('Last-Event-ID')).toBe(false);
  expect(new Headers(asked[1]?.init.headers).get('Last-Event-ID')).toBe('box.7.0');
});

test('what time the box has is heard with each answer that says so, where nothing changed too', async () => {
  const heard: (string | null)[] = [];
  const answers = [
    new Response(null, { status: 204, headers: { 'Box-Time': '1764338400000' } }),
    json({ cursor: 'box.8.0', pollAfterMs: 0 }, 200, { 'Box-Time': '1764338401000' }),
  ];
  const api = createApi({
    base: '/api',
    token: () => 'a-token',
    onSignedOut: () => undefined,
    onBoxTime: (time) => heard.push(time),
    fetch: async () => answers.shift() as Response,
  });
  await api.sync(ask());
  await api.sync(ask());
  expect(heard).toEqual(['1764338400000', '1764338401000']);
});

test('a box that holds polls asks for the next one at once; one that says nothing is asked in a while', async () => {
  const pace = async (headers: HeadersInit) =>
    (await apiAnswering(new Response(null, { status: 204, headers })).api.sync(ask())).pollAfterMs;
  expect(await pace({ 'Poll-After-Ms': '0' })).toBe(0);
  expect(await pace({})).toBe(4_000);
  expect(await pace({ 'Poll-After-Ms': 'soon' })).toBe(4_000);
  const held = apiAnswering(json({ cursor: 'box.8.0', pollAfterMs: 0 }));
  expect((await held.api.sync(ask())).pollAfterMs).toBe(0);
});

test('a poll ends by the signal it was given and by no clock of its own', async () => {
  const { api, asked } = apiAnswering(new Response(null, { status: 204 }));
  const given = ask();
  await api.sync(given);
  expect(asked[0]?.init.signal).toBe(given.signal);
});

test('keeps code, status and Retry-After of a refusal', async () => {
  const { api } = apiAnswering(json({ error: '…', code: 'CIPHER_UNAVAILABLE' }, 503, { 'Retry-After': '3' }));
  const failure = await failing(api.devices());
  expect(failure).toMatchObject({ code: 'CIPHER_UNAVAILABLE', status: 503, retryAfter: 3 });
});

test('tells an unreachable box, a silent one and a foreign answer apart', async () => {
  const lost = apiAnswering(() => Promise.reject(new TypeError('Failed to fetch')));
  expect(await failing(lost.api.devices())).toMatchObject({ code: 'NETWORK', status: 0 });
  const silent = apiAnswering(() => Promise.reject(new DOMException('late', 'TimeoutError')));
  expect(await failing(silent.api.devices())).toMatchObject({ code: 'TIMEOUT', status: 0 });
  const tunnel = apiAnswering(new Response('<h1>530</h1>', { status: 530 }));
  expect(await failing(tunnel.api.devices())).toMatchObject({ code: 'UNKNOWN', status: 530 });
  const portal = apiAnswering(new Response('<h1>Hotel Wi-Fi</h1>', { status: 200 }));
  expect(await failing(portal.api.devices())).toMatchObject({ code: 'UNKNOWN', status: 200 });
});

test('an ended session is reported with the token that ended; a wrong password is not that', async () => {
  const ended = apiAnswering(json({ error: '…', code: 'UNAUTHENTICATED' }, 401));
  await failing(ended.api.devices());
  expect(ended.ended).toEqual(['a-token']);
  const wrong = apiAnswering(json({ error: '…', code: 'WRONG_CREDENTIALS' }, 401), undefined);
  await failing(wrong.api.login({ username: 'sari', password: 'x' }));
  expect(wrong.ended).toEqual([]);
});
