import { expect, test } from 'vitest';
import { ApiFailure, createApi, failureOf } from './api.ts';

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
  expect(thrown).toBeInstanceOf(ApiFailure);
  return failureOf(thrown);
};

test('says who it is by a bearer token and never by a cookie', async () => {
  const { api, asked } = apiAnswering(json([]));
  await api.devices();
  expect(new Headers(asked[0]?.init.headers).get('Authorization')).toBe('Bearer a-token');
  expect(asked[0]?.init.credentials).toBe('omit');
});

test('polls one unchanging address and carries the cursor in a header', async () => {
  const { api, asked } = apiAnswering(
    new Response(null, { status: 204, headers: { 'Poll-After-Ms': '2500' } }),
  );
  expect(await api.sync(null)).toEqual({ pollAfterMs: 2_500 });
  await api.sync('box.7.0');
  expect(asked.map(({ url }) => url)).toEqual(['/api/sync', '/api/sync']);
  expect(new Headers(asked[0]?.init.headers).has('Last-Event-ID')).toBe(false);
  expect(new Headers(asked[1]?.init.headers).get('Last-Event-ID')).toBe('box.7.0');
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
