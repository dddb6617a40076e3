import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveMetrics } from '../src/watching/metrics-server.ts';
import { type Pair, startPair } from './support/pair.ts';
import { ask, type Person, signUpPairs } from './support/person.ts';

/** Where a core serves its metrics, by its log. */
function metricsPort(log: string): number {
  const line = log.split('\n').find((one) => one.includes('metrics are served')) ?? '{}';
  return JSON.parse(line).port;
}

describe('the metrics of a box', () => {
  let pair: Pair;
  let friends: [Person, Person];
  const scrape = async () => {
    const response = await fetch(`http://127.0.0.1:${metricsPort(pair.core().log())}/metrics`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    return response.text();
  };
  const readValue = (text: string, series: string) => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };

  beforeAll(async () => {
    pair = await startPair({ METRICS_PORT: '0' });
    const [two] = await signUpPairs(pair.url, 'teman', 1);
    friends = two as [Person, Person];
  });
  afterAll(() => pair.stop());

  it('count requests by the pattern of their route, messages, commits and calls of the cipher', async () => {
    const [ani, budi] = friends;
    const before = await scrape();
    const sent = {
      senderId: ani.id,
      receiverId: budi.id,
      message: 'rahasia-nomor-7',
    };
    expect((await ani.post('/chat/send', sent)).status).toBe(200);
    expect((await ani.get(`/friends/${budi.id}`)).status).toBe(403);
    expect((await ask(`${pair.url}/tidak-ada`)).status).toBe(404);
    const messages = readValue(before, 'bisik_messages_total') ?? 0;
    await expect.poll(async () => readValue(await scrape(), 'bisik_messages_total')).toBe(messages + 1);
    const after = await scrape();
    const rise = (series: string) => (readValue(after, series) ?? 0) - (readValue(before, series) ?? 0);
    expect(rise('bisik_requests_total{route="POST /chat/send",status="200"}')).toBe(1);
    expect(rise('bisik_request_duration_seconds_count{route="POST /chat/send"}')).toBe(1);
    expect(rise('bisik_request_duration_seconds_bucket{route="POST /chat/send",le="+Inf"}')).toBe(1);
    expect(rise('bisik_requests_total{route="GET /friends/:userId",status="403"}')).toBe(1);
    expect(rise('bisik_requests_total{route="other",status="404"}')).toBe(1);
    expect(rise('bisik_commits_total')).toBeGreaterThanOrEqual(1);
    expect(rise('bisik_cipher_call_duration_seconds_count')).toBeGreaterThanOrEqual(1);
    expect(rise('bisik_security_events_total{event="access-refused"}')).toBe(1);
    for (const [series, value] of [
      ['bisik_cipher_up', 1],
      ['bisik_writable', 1],
      ['bisik_clock_trusted', 1],
      ['bisik_cipher_failures_total', 0],
    ] as const)
      expect([series, readValue(after, series)]).toEqual([series, value]);
    for (const name of [
      'heap_used_bytes',
      'heap_limit_bytes',
      'resident_memory_bytes',
      'disk_free_bytes',
      'sockets',
      'open_file_descriptors',
      'journal_bytes',
      'certificate_end_timestamp_seconds',
    ])
      expect([name, readValue(after, `bisik_${name}`)]).toEqual([name, expect.any(Number)]);
    // Neither a text nor a name or an id of a person.
    for (const secret of [sent.message, ani.id, budi.id, ani.username, ani.token])
      expect(after).not.toContain(secret);
  });

  it('count the work on a request, and not how long its poll was held', async () => {
    const [ani, budi] = friends;
    const first = await ani.poll();
    const cursor = (first.body as { cursor: string }).cursor;
    const held = ani.poll(cursor, 25);
    await expect.poll(async () => readValue(await scrape(), 'bisik_held_polls')).toBe(1);
    await budi.post('/chat/send', { senderId: budi.id, receiverId: ani.id, message: 'bangun' });
    await held;
    const text = await scrape();
    const [sum, count] = ['sum', 'count'].map((end) =>
      readValue(text, `bisik_request_duration_seconds_${end}{route="GET /sync"}`),
    );
    expect(count).toBe(2);
    expect(sum).toBeLessThan(1);
  });

  it('are on no path of the public port, with or without the prefix of the tunnel', async () => {
    for (const path of ['/metrics', '/api/metrics', '/metrics/'])
      expect([path, (await ask(pair.url + path)).status]).toEqual([path, 404]);
  });

  it('show that cipher-service is away, and its failed calls', async () => {
    await pair.stopCipher();
    await expect.poll(async () => readValue(await scrape(), 'bisik_cipher_up')).toBe(0);
    expect(readValue(await scrape(), 'bisik_cipher_failures_total')).toBeGreaterThan(0);
    const [ani, budi] = friends;
    const message = { senderId: ani.id, receiverId: budi.id, message: 'ke mana' };
    expect((await ani.post('/chat/send', message)).status).toBe(503);
    // The id of the call that failed: cipher-service logs it too.
    const lines = () => pair.core().log().split('\n');
    await expect.poll(() => lines().find((line) => line.includes('cipher-unavailable'))).toBeDefined();
    const line = lines().find((one) => one.includes('cipher-unavailable')) ?? '';
    expect(JSON.parse(line).requestId).toMatch(/^[0-9a-f]{10}-[0-9a-z]+$/);
  });
});

describe('the port of the metrics', () => {
  /** The status of a request there, with headers, of a peer that is a trusted proxy or none. */
  async function statusOf(
    { path = '/metrics', method = 'GET', headers = {} }: { path?: string; method?: string; headers?: object },
    isProxy = false,
  ): Promise<number | undefined> {
    const { port, close } = await serveMetrics(
      { port: 0, host: '127.0.0.1' },
      { render: async () => 'bisik_up 1\n', isProxy: () => isProxy, onError: () => {} },
    );
    try {
      return await new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path, method, headers: { ...headers } };
        request(options, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    } finally {
      close();
    }
  }

  it('answers a scrape, and nothing else', async () => {
    expect(await statusOf({})).toBe(200);
    for (const path of ['/', '/metrics/', '/metrics?x=1', '/health/live', '/sync'])
      expect([path, await statusOf({ path })]).toEqual([path, 404]);
    expect(await statusOf({ method: 'POST' })).toBe(404);
  });

  it('answers under an address and names of this network, not under the name of a stranger', async () => {
    for (const host of ['127.0.0.1:9464', 'chat-core:9464', 'kotak.local', '[::1]:9464'])
      expect([host, await statusOf({ headers: { Host: host } })]).toEqual([host, 200]);
    for (const host of ['evil.example', 'localhost.evil.example:9464', 'local host'])
      expect([host, await statusOf({ headers: { Host: host } })]).toEqual([host, 404]);
  });

  it('answers nothing that comes through the tunnel or another proxy', async () => {
    expect(await statusOf({}, true)).toBe(404);
    for (const name of ['CF-Connecting-IP', 'CF-Ray', 'X-Forwarded-For', 'Forwarded'])
      expect([name, await statusOf({ headers: { [name]: 'x' } })]).toEqual([name, 404]);
  });
});
