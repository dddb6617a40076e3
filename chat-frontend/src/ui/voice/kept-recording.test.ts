import { expect, test } from 'vitest';
import { chatId } from '../../../test/support/factories.ts';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { memoryKeyValueStore } from '../../key-value-store.ts';
import type { StoredFile } from '../../local-db/file-blobs.ts';
import { keptRecording } from './kept-recording.ts';

const recorded = {
  blob: new Blob(['abc'], { type: 'audio/webm' }),
  type: 'audio/webm',
  durationMs: 1_500,
  waveform: '0'.repeat(64),
};

/** Tabs of one browser, which share its stores and locks. */
function openBrowser() {
  const store = memoryKeyValueStore();
  const files = new Map<string, StoredFile>();
  const held = new Set<string>();
  const blobs = {
    put: async (file: StoredFile) => void files.set(file.id, file),
    get: async (id: string) => files.get(id),
    drop: async (ids: readonly string[]) => ids.forEach((id) => void files.delete(id)),
  };
  const request = async (name: string, _: LockOptions, use: (lock: Lock | null) => unknown) => {
    if (held.has(name)) return use(null);
    held.add(name);
    await use({ name, mode: 'exclusive' });
    held.delete(name);
  };
  const tab = () =>
    keptRecording({
      store: { ...store, setItem: (key, value) => void store.setItem(key, value) },
      key: 'recording',
      conversationId: chatId,
      blobs: () => blobs,
      locks: { request } as unknown as LockManager,
      clock: fakeClock().clock,
    });
  return { tab, files, store };
}

test('a kept recording is found again after a reload, and not after it was sent or deleted', async () => {
  const { tab, files } = openBrowser();
  await tab().keep(recorded);
  const reloaded = tab();
  expect([await reloaded.own(), await reloaded.find()]).toEqual([true, recorded]);
  reloaded.drop();
  expect(await tab().find()).toBeUndefined();
  expect(files.size).toBe(0);
});

test('a recording whose content is gone is forgotten', async () => {
  const { tab, files, store } = openBrowser();
  await tab().keep(recorded);
  files.clear();
  expect(await tab().find()).toBeUndefined();
  expect(store.keys()).toEqual([]);
});

test('the recording of a conversation belongs to one tab at a time', async () => {
  const { tab } = openBrowser();
  const [first, second] = [tab(), tab()];
  expect([await first.own(), await first.own(), await second.own()]).toEqual([true, true, false]);
  await first.keep(recorded);
  second.drop();
  expect(await first.find()).toEqual(recorded);
  first.disown();
  await new Promise((done) => setImmediate(done));
  expect(await second.own()).toBe(true);
});
