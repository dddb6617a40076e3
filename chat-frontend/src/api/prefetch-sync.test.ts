import { afterEach, expect, test, vi } from 'vitest';
import { prefetchSync, takePrefetchedSync } from './prefetch-sync.ts';

const URL = '/api/sync?wait=25&activity=active';
const by = (token: string, more = {}): RequestInit => ({
  headers: { Authorization: `Bearer ${token}`, ...more },
});

/** A server that answers each call with its number; the first `failing` calls get no answer. */
function openServer({ failing = 0 } = {}) {
  const calls: RequestInit[] = [];
  vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
    calls.push(init);
    if (calls.length <= failing) throw new TypeError('fetch failed');
    return new Response(String(calls.length));
  });
  return calls;
}

const text = async (answer: Promise<Response> | undefined) => (await answer)?.text();

afterEach(() => vi.unstubAllGlobals());

test('the first poll gets the prefetched answer, and no other request does', async () => {
  const calls = openServer();
  prefetchSync('/api', 'one');
  expect(takePrefetchedSync('/api/box', {})).toBeUndefined();
  expect(await text(takePrefetchedSync(URL, by('one')))).toBe('1');
  expect(takePrefetchedSync(URL, by('one'))).toBeUndefined();
  expect(calls).toHaveLength(1);
});

test.each([
  ['of another account', URL, by('two')],
  ['with a cursor', URL, by('one', { 'Last-Event-ID': 'c' })],
  ['of a hidden page', '/api/sync?activity=hidden', by('one')],
])('a poll %s does not get the prefetched answer, and the prefetch is aborted', (_name, url, init) => {
  const calls = openServer();
  prefetchSync('/api', 'one');
  expect(takePrefetchedSync(url, init)).toBeUndefined();
  expect(calls[0]?.signal?.aborted).toBe(true);
  expect(takePrefetchedSync(URL, by('one'))).toBeUndefined();
});

test('a prefetch that failed is requested once more', async () => {
  openServer({ failing: 1 });
  prefetchSync('/api', 'one');
  expect(await text(takePrefetchedSync(URL, by('one')))).toBe('2');
});

test('the prefetch is aborted with the poll that took it', () => {
  const calls = openServer();
  const poll = new AbortController();
  prefetchSync('/api', 'one');
  void takePrefetchedSync(URL, { ...by('one'), signal: poll.signal });
  poll.abort();
  expect(calls[0]?.signal?.aborted).toBe(true);
});
