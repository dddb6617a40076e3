import { expect, test } from 'vitest';
import { createSharedDownloads } from './shared-downloads.ts';

/** Loads that end when the test lets them. */
function createLoads() {
  const started: string[] = [];
  const aborted: string[] = [];
  const ends = new Map<string, () => void>();
  const load = (id: string) => (onProgress: (bytes: number) => void, signal: AbortSignal) => {
    started.push(id);
    signal.addEventListener('abort', () => aborted.push(id));
    onProgress(1);
    return new Promise<Blob>((done) => ends.set(id, () => done(new Blob([id]))));
  };
  return { started, aborted, load, end: (id: string) => ends.get(id)?.() };
}
const settle = () => new Promise((done) => setTimeout(done));
const nothing = () => undefined;

test('those who want the same file share its download, and both learn of its progress', async () => {
  const { started, load, end } = createLoads();
  const downloads = createSharedDownloads(2);
  const seen: string[] = [];
  const { signal } = new AbortController();
  const one = downloads.get('a', load('a'), () => seen.push('one'), signal);
  await settle();
  const two = downloads.get('a', load('a'), () => seen.push('two'), signal);
  end('a');
  expect(await one).toBe(await two);
  expect(started).toEqual(['a']);
  expect(seen).toEqual(['one', 'two']);
});

test('a download is aborted when the last who wants it leaves, and can be begun anew', async () => {
  const { started, aborted, load, end } = createLoads();
  const downloads = createSharedDownloads(2);
  const [first, second] = [new AbortController(), new AbortController()];
  const one = downloads.get('a', load('a'), nothing, first.signal).catch(() => 'left');
  const two = downloads.get('a', load('a'), nothing, second.signal).catch(() => 'left');
  first.abort();
  expect(await one).toBe('left');
  expect(aborted).toEqual([]);
  second.abort();
  expect(await two).toBe('left');
  expect(aborted).toEqual(['a']);
  const again = downloads.get('a', load('a'), nothing, new AbortController().signal);
  await settle();
  end('a');
  expect(await (await again).text()).toBe('a');
  expect(started).toEqual(['a', 'a']);
});

test('only so many run at once, then the newest request first, and one that was given up never starts', async () => {
  const { started, load, end } = createLoads();
  const downloads = createSharedDownloads(1);
  const { signal } = new AbortController();
  const givenUp = new AbortController();
  void downloads.get('a', load('a'), nothing, signal);
  void downloads.get('b', load('b'), nothing, signal);
  downloads.get('c', load('c'), nothing, givenUp.signal).catch(nothing);
  void downloads.get('d', load('d'), nothing, signal);
  givenUp.abort();
  await settle();
  expect(started).toEqual(['a']);
  end('a');
  await settle();
  expect(started).toEqual(['a', 'd']);
  end('d');
  await settle();
  expect(started).toEqual(['a', 'd', 'b']);
});
