import { afterEach, expect, test, vi } from 'vitest';
import { askEarly, takeEarly } from './prefetch-sync.ts';

const URL = '/api/sync?wait=25&activity=active';
const by = (token: string, more = {}): RequestInit => ({
  headers: { Authorization: `Bearer ${token}`, ...more },
});

/** A box that answers each call by its number, the first `failing` ones not at all. */
function openBox({ failing = 0 } = {}) {
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

test('the first poll gets what was asked for early, and only that one', async () => {
  const calls = openBox();
  askEarly('/api', 'one');
  expect(takeEarly('/api/box', {})).toBeUndefined();
  expect(await text(takeEarly(URL, by('one')))).toBe('1');
  expect(takeEarly(URL, by('one'))).toBeUndefined();
  expect(calls).toHaveLength(1);
});

test.each([
  ['of somebody else', URL, by('two')],
  ['that goes on from somewhere', URL, by('one', { 'Last-Event-ID': 'c' })],
  ['of a page that is hidden', '/api/sync?activity=hidden', by('one')],
])('a poll %s is asked for itself, and the early one is given up', (_name, url, init) => {
  const calls = openBox();
  askEarly('/api', 'one');
  expect(takeEarly(url, init)).toBeUndefined();
  expect(calls[0]?.signal?.aborted).toBe(true);
  expect(takeEarly(URL, by('one'))).toBeUndefined();
});

test('an answer that never came is asked for once more', async () => {
  openBox({ failing: 1 });
  askEarly('/api', 'one');
  expect(await text(takeEarly(URL, by('one')))).toBe('2');
});

test('whoever gives up the poll gives up what was asked for early', () => {
  const calls = openBox();
  const poll = new AbortController();
  askEarly('/api', 'one');
  void takeEarly(URL, { ...by('one'), signal: poll.signal });
  poll.abort();
  expect(calls[0]?.signal?.aborted).toBe(true);
});
