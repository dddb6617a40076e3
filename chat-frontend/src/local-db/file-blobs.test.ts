import { afterEach, expect, test, vi } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { createFileBlobs } from './file-blobs.ts';

// This environment has no IndexedDB; test/files.test.ts has one.
const HOUR_MS = 60 * 60 * 1_000;

afterEach(() => vi.unstubAllGlobals());

function openBlobs() {
  const time = fakeClock();
  const blobs = createFileBlobs('me', time.clock);
  const put = (id: string, conversationId = 'c1') =>
    blobs.put({ id, conversationId, blob: new Blob([id]), at: time.clock.now() });
  const kept = async (...ids: string[]) => {
    const found = await Promise.all(ids.map((id) => blobs.get(id)));
    return Promise.all(found.flatMap((file) => file?.blob.text() ?? []));
  };
  return { blobs, put, kept, time };
}

test('without a database files are kept in memory, and it is known that they end with the page', async () => {
  const { blobs, put, kept } = openBlobs();
  expect(await blobs.persists()).toBe(false);
  await put('a');
  await put('b');
  expect(await kept('a', 'b', 'none')).toEqual(['a', 'b']);
  await blobs.drop(['a']);
  expect(await kept('a', 'b')).toEqual(['b']);
});

/** A database as in a private window of WebKit: it refuses a Blob and commits the transaction nevertheless. */
function refusingBlobs() {
  const transaction = () => {
    const put = () =>
      queueMicrotask(() => tx.onerror({ target: { error: new DOMException('', 'UnknownError') } }));
    const tx = {
      onerror: (_: unknown) => {},
      oncomplete: () => {},
      objectStore: () => ({ put, delete() {}, get: () => answer(undefined) }),
      commit: () => queueMicrotask(() => queueMicrotask(() => tx.oncomplete())),
    };
    return tx;
  };
  const answer = <T>(result: T) => {
    const request = { result, onsuccess: () => {} };
    queueMicrotask(() => request.onsuccess());
    return request;
  };
  const objectStoreNames = Object.assign(['blobs'], { contains: () => true });
  return { open: () => answer({ objectStoreNames, transaction, close() {} }) };
}

test('where the database refuses a file and yet commits, files are kept in memory', async () => {
  vi.stubGlobal('indexedDB', refusingBlobs());
  const { blobs, put, kept } = openBlobs();
  await put('a');
  expect(await blobs.persists()).toBe(false);
  expect(await kept('a')).toEqual(['a']);
});

test('the files for a conversation that is gone are deleted, those for others stay', async () => {
  const { blobs, put, kept } = openBlobs();
  await put('left', 'c1');
  await put('other', 'c2');
  await blobs.forgetChats(['c1']);
  expect(await kept('left', 'other')).toEqual(['other']);
});

test('files that no message has are swept once they are an hour old: before, another tab may be about to send them', async () => {
  const { blobs, put, kept, time } = openBlobs();
  await put('used');
  await put('unused');
  await time.pass(HOUR_MS);
  await put('fresh');
  await blobs.sweep((id) => id === 'used');
  expect(await kept('used', 'unused', 'fresh')).toEqual(['used', 'unused', 'fresh']);
  await time.pass(1);
  await blobs.sweep((id) => id === 'used');
  expect(await kept('used', 'unused', 'fresh')).toEqual(['used', 'fresh']);
});

test('a file that cannot be read any more is not kept', async () => {
  const { blobs, kept } = openBlobs();
  const gone = new Blob(['x']);
  gone.slice = () => {
    throw new DOMException('gone', 'NotReadableError');
  };
  await expect(blobs.put({ id: 'gone', conversationId: 'c1', blob: gone, at: 0 })).rejects.toThrow('gone');
  expect(await kept('gone')).toEqual([]);
});
