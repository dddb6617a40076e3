import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { createShell } from './shell.ts';

const ORIGIN = 'https://chat.example.org';
const ENTRY = '/assets/index-1.js';
const files = ['/', ENTRY, '/favicon.svg'];
const PAGE = `<script src="${ENTRY}"></script>`;

/** A CacheStorage in memory, with the methods that the worker uses. */
function memoryCaches() {
  const all = new Map<string, Map<string, string>>();
  const answer = (text: string | undefined) => (text === undefined ? undefined : new Response(text));
  const pathOf = (request: string | Request) =>
    typeof request === 'string' ? request : new URL(request.url).pathname;
  const store = {
    keys: async () => [...all.keys()],
    delete: async (name: string) => all.delete(name),
    match: async (path: string) =>
      answer([...all.values()].map((cache) => cache.get(path)).find((text) => text !== undefined)),
    async open(name: string) {
      const cache = all.get(name) ?? new Map<string, string>();
      all.set(name, cache);
      return {
        match: async (path: string) => answer(cache.get(path)),
        put: async (path: string, response: Response) => void cache.set(pathOf(path), await response.text()),
      };
    },
  };
  return { all, store: store as unknown as CacheStorage };
}

/** A server with these files; `requested` are the paths that were requested. */
function server(content: Record<string, string>) {
  const requested: string[] = [];
  const load = async (request: string | Request | URL) => {
    const path = typeof request === 'string' ? request : new URL((request as Request).url).pathname;
    requested.push(path);
    const text = content[path];
    return text === undefined ? new Response('', { status: 404 }) : new Response(text);
  };
  return { requested, load: load as typeof fetch };
}

const whole = { '/': PAGE, [ENTRY]: 'script', '/favicon.svg': 'icon' };
const shellOf = (store: CacheStorage, load: typeof fetch, version = '1') =>
  createShell({ version, files, entry: ENTRY }, store, load);
const request = (path: string, more: Partial<Request> = {}) => ({
  method: 'GET',
  url: path.startsWith('https:') ? path : ORIGIN + path,
  mode: 'cors' as const,
  ...more,
});

test('a build is cached as a whole and served without a network', async () => {
  const { all, store } = memoryCaches();
  const { requested, load } = server(whole);
  const shell = shellOf(store, load);
  await shell.fill();
  expect([...(all.get('bisik-page.1') ?? [])].sort()).toEqual(Object.entries(whole).sort());
  const before = requested.length;
  for (const path of files) {
    const answer = await shell.answer(path, new Request(ORIGIN + path));
    expect(await answer.text()).toBe(whole[path as keyof typeof whole]);
  }
  expect(requested.length).toBe(before);
});

test.each([
  ['a file is missing', { '/': PAGE, [ENTRY]: 'script' }],
  ['the document is of another build', { ...whole, '/': '<script src="/assets/index-2.js"></script>' }],
])('nothing is cached when %s', async (_what, content) => {
  const { all, store } = memoryCaches();
  await expect(shellOf(store, server(content).load).fill()).rejects.toThrow();
  expect(all.size).toBe(0);
});

test('the worker serves the files of the page and nothing else', () => {
  const { pathOf } = shellOf(memoryCaches().store, server({}).load);
  const navigate = { mode: 'navigate' as const };
  expect(pathOf(request('/', navigate), ORIGIN)).toBe('/');
  expect(pathOf(request('/?from=home', navigate), ORIGIN)).toBe('/');
  expect(pathOf(request('/index.html', navigate), ORIGIN)).toBe('/');
  expect(pathOf(request('/favicon.svg'), ORIGIN)).toBe('/favicon.svg');
  expect(pathOf(request('/assets/part-of-an-older-build.js'), ORIGIN)).toBe(
    '/assets/part-of-an-older-build.js',
  );
  const others = [
    '/api/sync?wait=25',
    '/sync',
    '/chat/history',
    '/health/ready',
    '/api-docs/',
    '/sw.js',
    '/',
  ];
  for (const path of others) expect([path, pathOf(request(path), ORIGIN)]).toEqual([path, undefined]);
  expect(pathOf(request('/api-docs/', navigate), ORIGIN)).toBeUndefined();
  expect(pathOf(request('/favicon.svg', { method: 'POST' }), ORIGIN)).toBeUndefined();
  expect(pathOf(request('https://elsewhere.example.org/favicon.svg'), ORIGIN)).toBeUndefined();
});

test('a file that is not cached comes from the network and is not cached then', async () => {
  const { all, store } = memoryCaches();
  const { load } = server({ '/assets/late.js': 'late' });
  const answer = await shellOf(store, load).answer(
    '/assets/late.js',
    new Request(`${ORIGIN}/assets/late.js`),
  );
  expect([await answer.text(), all.get('bisik-page.1')?.size]).toEqual(['late', 0]);
});

test('the cache of the previous build stays for tabs that still run it; older ones, and nothing else, are deleted', async () => {
  const { all, store } = memoryCaches();
  const found = ['bisik-page.1', 'foreign-cache', 'bisik-page.2', 'bisik-page.3'];
  for (const name of found) all.set(name, new Map());
  all.get('bisik-page.2')?.set('/assets/part.js', 'part');
  const shell = shellOf(store, server({}).load, '3');
  await shell.sweep();
  expect([...all.keys()]).toEqual(found.slice(1));
  const answer = await shell.answer('/assets/part.js', new Request(`${ORIGIN}/assets/part.js`));
  expect(await answer.text()).toBe('part');
});

test('the page comes from the network where the cache fails', async () => {
  const broken = { open: () => Promise.reject(new DOMException('denied', 'SecurityError')) };
  const answer = await shellOf(broken as unknown as CacheStorage, server(whole).load).answer(
    ENTRY,
    new Request(ORIGIN + ENTRY),
  );
  expect(await answer.text()).toBe('script');
});

test('the page comes from the network after two seconds where the cache does not answer', async () => {
  const time = fakeClock();
  const silent = { open: () => new Promise(() => undefined) };
  const build = { version: '1', files, entry: ENTRY };
  const shell = createShell(build, silent as unknown as CacheStorage, server(whole).load, time.clock);
  const answer = shell.answer(ENTRY, new Request(ORIGIN + ENTRY));
  await time.pass(2_000);
  expect(await (await answer).text()).toBe('script');
});

test('a slow cache is waited for where there is no network', async () => {
  const time = fakeClock();
  const { store } = memoryCaches();
  await shellOf(store, server(whole).load).fill();
  const opening = Promise.withResolvers<Cache>();
  const slow = { open: () => opening.promise };
  const away = (() => Promise.reject(new TypeError('offline'))) as typeof fetch;
  const build = { version: '1', files, entry: ENTRY };
  const shell = createShell(build, slow as unknown as CacheStorage, away, time.clock);
  const answer = shell.answer(ENTRY, new Request(ORIGIN + ENTRY));
  await time.pass(2_000);
  opening.resolve(await store.open('bisik-page.1'));
  expect(await (await answer).text()).toBe('script');
});
